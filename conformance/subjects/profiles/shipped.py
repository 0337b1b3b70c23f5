"""Which verdicts are known to differ for a release? Its expectation file, where there is one."""

from pathlib import Path

FOLDER = Path(__file__).with_name("expectations")


def expectations(name: str) -> tuple[Path, ...]:
    """The files that a subject of that name (``PROJECT-VERSION``) brings: one, or none for another release."""
    path = FOLDER / f"{name}.toml"
    return (path,) if path.is_file() else ()
