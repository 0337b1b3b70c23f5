"""Does the cache know the files that were put there, and no others? And does it say where it takes nothing?"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from triton import knobs
from triton.runtime.cache import FileCacheManager

from conformance.gfx950.launching import cache
from conformance.gfx950.launching.cache import SealedCache

FILES = {"k.amdgcn": "s_endpgm", "k.hsaco": b"\x7fELF\0\xff", "k.json": '{"hash": 1}', "k.ttgir": "módule {}"}


class Unwritable(Exception):
    """What these tests have raised where the cache takes nothing."""


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(SealedCache, "unwritable", Unwritable)
    monkeypatch.setitem(vars(knobs.cache), "manager_class", None)  # and back again


def fill(manager: FileCacheManager) -> Path:
    """Put the files of a kernel there, as Triton does; the entry's folder."""
    manager.put_group("k.json", {name: manager.put(data, name) for name, data in FILES.items()})
    return Path(manager.cache_dir)


def test_what_was_put_there_is_there() -> None:
    folder = fill(SealedCache("KEY"))
    found = SealedCache("KEY").get_group("k.json")
    assert found == {name: str(folder / name) for name in FILES}
    for name, data in FILES.items():
        content = data if isinstance(data, bytes) else data.encode()
        assert SealedCache("KEY").content(name) == content == Path(found[name]).read_bytes()
        assert SealedCache("KEY").get_file(name) == found[name]
    assert SealedCache("KEY").get_group("other.json") is None


def swap(folder: Path) -> None:
    one, other = folder / "k.amdgcn", folder / "k.ttgir"
    texts = one.read_bytes(), other.read_bytes()
    other.write_bytes(texts[0])
    one.write_bytes(texts[1])


def from_another_kernel(folder: Path) -> None:
    other = SealedCache("OTHER")
    text = other.put("s_nop", "k.amdgcn")
    shutil.copy(text, folder / "k.amdgcn")


def pointed_elsewhere(folder: Path) -> None:
    group = folder / "__grp__k.json"
    group.write_text(group.read_text().replace("k.amdgcn", "k.ttgir"))


SPOILT: dict[str, Callable[[Path], object]] = {
    "edited": lambda folder: (folder / "k.amdgcn").write_text("s_nop"),
    "one bit": lambda folder: (folder / "k.hsaco").write_bytes(b"\x7fELF\0\xfe"),
    "metadata edited": lambda folder: (folder / "k.json").write_text('{"hash": 2}'),
    "cut short": lambda folder: (folder / "k.json").write_text('{"ha'),
    "emptied": lambda folder: (folder / "k.ttgir").write_text(""),
    "gone": lambda folder: (folder / "k.hsaco").unlink(),
    "a folder": lambda folder: ((folder / "k.hsaco").unlink(), (folder / "k.hsaco").mkdir()),
    "swapped": swap,
    "of another kernel": from_another_kernel,
    "the list of files edited": pointed_elsewhere,
    "the list of files cut short": lambda folder: (folder / "__grp__k.json").write_text('{"child_'),
    "no seals": lambda folder: (folder / cache.SEALS).unlink(),
    "seals cut short": lambda folder: (folder / cache.SEALS).write_bytes((folder / cache.SEALS).read_bytes()[:30]),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_what_was_changed_is_not_there_until_it_is_put_again(spoil: Callable[[Path], object]) -> None:
    folder = fill(SealedCache("KEY"))
    spoil(folder)
    assert SealedCache("KEY").get_group("k.json") is None
    if (folder / "k.hsaco").is_dir():
        (folder / "k.hsaco").rmdir()
    fill(SealedCache("KEY"))
    assert SealedCache("KEY").get_group("k.json") is not None


def test_an_entry_copied_under_the_name_of_another_is_not_there() -> None:
    folder = fill(SealedCache("KEY"))
    shutil.copytree(folder, folder.with_name("OTHER"))
    assert SealedCache("OTHER").get_group("k.json") is None


def test_what_triton_put_there_by_itself_is_not_there_and_ours_is_for_triton() -> None:
    fill(FileCacheManager("KEY"))
    assert SealedCache("KEY").get_group("k.json") is None
    fill(SealedCache("KEY"))
    assert set(FileCacheManager("KEY").get_group("k.json")) == set(FILES)


def test_a_cache_moved_elsewhere_is_read_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = fill(SealedCache("KEY"))
    shutil.copytree(folder, tmp_path / "elsewhere" / "KEY")
    (folder / "k.amdgcn").write_text("s_nop")
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path / "elsewhere"))
    assert set(SealedCache("KEY").get_group("k.json").values()) == {str(tmp_path / "elsewhere/KEY" / f) for f in FILES}


def test_two_that_compile_the_same_do_not_disturb_each_other() -> None:
    one, other = SealedCache("KEY"), SealedCache("KEY")
    one.put("of one checkout", "k.amdgcn")
    path = other.put("of another", "k.amdgcn")
    assert one.content("k.amdgcn") == b"of another"
    Path(path).write_text("of one checkout")  # whichever comes last
    assert other.content("k.amdgcn") == b"of one checkout"


def test_a_folder_that_takes_nothing_is_named_at_once_and_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = SealedCache("KEY")
    Path(manager.cache_dir).rmdir()
    with pytest.raises(
        Unwritable, match=rf"^Triton's cache folder '{tmp_path}/cache' cannot be written \(No such file"
    ):
        manager.put("s_endpgm", "k.amdgcn")
    (tmp_path / "file").touch()
    for folder in (str(tmp_path / "file"), str(tmp_path / "file" / "below"), ""):
        monkeypatch.setenv("TRITON_CACHE_DIR", folder)
        said = rf"^Triton's cache folder '{folder}' cannot be written \(.*\); TRITON_CACHE_DIR names another$"
        with pytest.raises(Unwritable, match=said):
            cache.install(Unwritable)
        if folder:
            with pytest.raises(Unwritable, match=said):
                SealedCache("KEY")
