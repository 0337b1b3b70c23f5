"""How does one command get from a checkout to a verdict? One shared environment, then a command.

A fresh environment with torch is 2 GB and most of a minute, so every session shares ``.nox/suite`` and each adds the
dependency groups it needs, once. Where the machine has a ROCm or CUDA build of torch, that build is used as it is: the
environment is made from the same interpreter, sees the host's packages by a .pth file, gets only what is missing, and
is checked afterwards to import the host's torch and Triton. Nothing is ever installed over them.
"""

import argparse
import fcntl
import hashlib
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.sessions = ["conformance"]

ROOT = Path(__file__).resolve().parent
SUITE_ENV = ROOT / ".nox" / "suite"
STAMP = "suite-stamp.json"
HOST_PTH = "host-packages.pth"
OLDEST_PYTHON = (3, 11)
# What a CI reads -> the schemas that it has to have, as check-jsonschema calls them.
CI_FILES = {
    ".github/workflows/*.yml": ("vendor.github-workflows", "custom.github-workflows-require-timeout"),
    ".buildkite/*.yml": ("vendor.buildkite",),
}
VECTORS_NEED = ("numpy", "ml_dtypes", "safetensors", "jsonschema")  # of the group core

# Reads versions from files, without importing torch: fast, and a broken driver cannot crash it.
PROBE = textwrap.dedent(
    """
    import importlib.util, json, os, re, sys

    def source(package, name):
        try:
            spec = importlib.util.find_spec(package)
        except (ImportError, ValueError):
            return None
        if spec is None or not spec.origin:
            return None
        try:
            with open(os.path.join(os.path.dirname(spec.origin), name), encoding="utf-8") as file:
                return file.read()
        except OSError:
            return None

    def value(text, name):
        found = re.search(rf"^{name}\\s*(?::[^=\\n]*)?=\\s*['\\"]([^'\\"]+)['\\"]", text or "", re.MULTILINE)
        return found.group(1) if found else None

    version = source("torch", "version.py")
    print(json.dumps({
        "executable": sys.executable,
        "prefix": sys.prefix,
        "python": list(sys.version_info[:3]),
        "torch": value(version, "__version__"),
        "hip": value(version, "hip"),
        "cuda": value(version, "cuda"),
        "triton": value(source("triton", "__init__.py"), "__version__"),
        "sites": [p for p in sys.path if os.path.basename(p) in ("site-packages", "dist-packages")],
    }))
    """
)

# Imports both for real: what counts afterwards is what the suite's own processes will get.
VERIFY = (
    "import json, os, torch, triton; "
    "print(json.dumps({'torch': torch.__version__, 'torch_file': os.path.realpath(torch.__file__), "
    "'triton': triton.__version__, 'triton_file': os.path.realpath(triton.__file__)}))"
)


class SetupError(Exception):
    """The environment cannot be made as the machine asks; the message says what to do."""


@dataclass(frozen=True)
class Probe:
    """What one interpreter has. torch, hip, cuda, triton: versions or None; sites: its package folders."""

    executable: str
    prefix: str
    python: tuple[int, ...]
    torch: str | None
    hip: str | None
    cuda: str | None
    triton: str | None
    sites: tuple[str, ...]

    @property
    def gpu_build(self) -> str | None:
        """'ROCm 7.2' or 'CUDA 13.0' where torch was built for a GPU, else None."""
        if self.hip:
            return f"ROCm {self.hip}"
        return f"CUDA {self.cuda}" if self.cuda else None

    def describe(self) -> str:
        """One phrase for the log: interpreter, torch and Triton."""
        torch = f"torch {self.torch} ({self.gpu_build or 'CPU only'})" if self.torch else "no torch"
        triton = f"Triton {self.triton}" if self.triton else "no Triton"
        return f"{self.executable} (Python {'.'.join(map(str, self.python))}, {torch}, {triton})"


@dataclass(frozen=True)
class Chosen:
    """The interpreter to make the environment from, and the host whose torch it uses (None: its own)."""

    base: str
    python: tuple[int, ...]
    host: Probe | None
    reason: str


# --- decisions: pure functions, tried on fake interpreters in tests/nox ---------------------------


def candidates(environ: Mapping[str, str], running: str) -> list[str]:
    """Interpreters that may have a GPU build of torch, best first, no repeats (paths, links not resolved)."""
    active = [str(Path(folder) / "bin" / "python")] if (folder := environ.get("VIRTUAL_ENV")) else []
    named = [environ.get("MXFP8_PYTHON"), *active, running, shutil.which("python3", path=environ.get("PATH"))]
    return list(dict.fromkeys(path for path in named if path))


def probe(python: str) -> Probe | None:
    """What `python` has, or None where it does not run."""
    try:
        done = subprocess.run([python, "-c", PROBE], capture_output=True, text=True, timeout=60, check=True)
        facts = json.loads(done.stdout)
        return Probe(**{**facts, "python": tuple(facts["python"]), "sites": tuple(facts["sites"])})
    except (OSError, subprocess.SubprocessError, ValueError, TypeError, KeyError):
        return None


def unfit_as_host(found: Probe, suite_env: Path) -> str | None:
    """Why this interpreter's torch is not used, or None where it is."""
    if _is_of(found, suite_env):
        return "it is the suite's own environment"
    if found.python < OLDEST_PYTHON:
        return f"its Python is older than {'.'.join(map(str, OLDEST_PYTHON))}"
    if found.torch is None:
        return "it has no torch"
    if found.gpu_build is None:
        return "its torch is a CPU-only build"
    if found.triton is None:
        return "it has no Triton, and none is installed beside a host's torch"
    return None


def decide(paths: Sequence[str], wanted: str | None, suite_env: Path = SUITE_ENV) -> tuple[Chosen, list[str]]:
    """The plan and the log lines that explain it.

    paths: candidates, best first. wanted: $MXFP8_PYTHON, which must be fit where it is set.
    Raises SetupError where `wanted` is unfit or no candidate is recent enough to make an environment from.
    """
    log: list[str] = []
    base: Probe | None = None
    for path in paths:
        found = probe(path)
        reason = "it does not run" if found is None else unfit_as_host(found, suite_env)
        if found is not None and reason is None:
            log.append(f"using torch of {found.describe()}; nothing is installed over it")
            return Chosen(path, found.python, found, f"{found.gpu_build} build of torch found"), log
        log.append(f"not using torch of {found.describe() if found else path}: {reason}")
        if path == wanted:
            raise SetupError(
                f"MXFP8_PYTHON: has {found.describe() if found else path}, {reason}; needs a Python >= "
                f"{'.'.join(map(str, OLDEST_PYTHON))} with a ROCm or CUDA build of torch and Triton"
            )
        if base is None and found and found.python >= OLDEST_PYTHON and not _is_of(found, suite_env):
            base = found
    if base is None:
        oldest = ".".join(map(str, OLDEST_PYTHON))
        raise SetupError(f"no Python >= {oldest} found among {', '.join(paths)}: run nox with a newer one")
    log.append(
        f"no GPU build of torch found: the environment made from {base.executable} gets its own torch and Triton"
    )
    return Chosen(base.executable, base.python, None, "no GPU build of torch found"), log


def _is_of(found: Probe, suite_env: Path) -> bool:
    return Path(found.prefix).resolve() == suite_env.resolve()


def installs(plan: Chosen, groups: Sequence[str], dependency_groups: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Requirement lists for pip, in order, one call each.

    torch goes first and Triton next: torch's wheel may pin another Triton, and the later call wins. The group
    `device` is left out where the host's torch is used.
    """
    calls: list[list[str]] = []
    if "device" in groups and plan.host is None:
        calls += [[requirement] for requirement in dependency_groups["device"]]
    rest = [item for group in groups if group != "device" for item in dependency_groups[group]]
    return [*calls, rest] if rest else calls


def declared_groups() -> dict[str, list[str]]:
    """Requirements by group, of pyproject.toml: the package's own are `core`, its extras and the checkout's groups."""
    file = nox.project.load_toml(ROOT / "pyproject.toml")
    project = file["project"]
    return {"core": project["dependencies"], **project["optional-dependencies"], **file["dependency-groups"]}


def stale(stamp: Mapping[str, object], plan: Chosen, groups: Sequence[str], wanted: Mapping[str, object]) -> list[str]:
    """Groups to install again: those not stamped with the same requirements. All, where the plan changed."""
    if stamp.get("plan") != plan_key(plan):
        return list(groups)
    done = stamp.get("groups")
    seen = done if isinstance(done, dict) else {}
    return [group for group in groups if seen.get(group) != wanted[group]]


def plan_key(plan: Chosen) -> dict[str, object]:
    """What makes an environment a different one: Python's version and the host (JSON values).

    Without a host the interpreter's path does not count: nox started from elsewhere finds the same environment.
    """
    host = json.loads(json.dumps(asdict(plan.host))) if plan.host else None
    return {"python": list(plan.python), "host": host}


def host_pth(sites: Sequence[str]) -> str:
    """A .pth file's text that shows `sites` behind the environment's own packages.

    site.addsitedir also follows the .pth files in there (editable installs); a bare path line would not.
    --system-site-packages is no way: a host that is itself a virtual environment stays invisible to it.
    """
    return "".join(f"import site; site.addsitedir({site!r})\n" for site in sites)


def mismatches(host: Probe, seen: Mapping[str, str]) -> list[str]:
    """How the torch and Triton `seen` by the environment (VERIFY's output) differ from the host's."""
    problems = []
    for name in ("torch", "triton"):
        expected = getattr(host, name)
        if seen[name] != expected:
            problems.append(f"{name} is {seen[name]}, the host has {expected}")
        folders = [os.path.realpath(site) for site in host.sites]
        if host.sites and not any(seen[f"{name}_file"].startswith(folder + os.sep) for folder in folders):
            problems.append(f"{name} comes from {seen[f'{name}_file']}, not from the host's {', '.join(folders)}")
    return problems


# --- the environment ------------------------------------------------------------------------------


def with_compiler(groups: Sequence[str]) -> Sequence[str]:
    """Kernels run on a core in C: where no compiler is there, with PyPI's (conformance/gfx950/core/build.py)."""
    there = os.environ.get("CC") or any(map(shutil.which, ("cc", "gcc", "clang")))
    return groups if there or "device" not in groups or "hip" in groups else (*groups, "hip")


def suite_python(session: nox.Session, *groups: str) -> str:
    """The shared environment's interpreter, made or extended as needed to have `groups`."""
    try:
        plan, log = decide(candidates(os.environ, sys.executable), os.environ.get("MXFP8_PYTHON"))
        for line in log:
            session.log(line)
        with _locked(SUITE_ENV.with_suffix(".lock")):
            _sync(session, plan, with_compiler(groups))
    except SetupError as error:
        session.error(str(error))
    return str(SUITE_ENV / "bin" / "python")


def _sync(session: nox.Session, plan: Chosen, groups: Sequence[str]) -> None:
    declared = declared_groups()
    stamp = _read_stamp(SUITE_ENV / STAMP)
    if stamp.get("plan") != plan_key(plan) or probe(str(SUITE_ENV / "bin" / "python")) is None:
        stamp = {"plan": plan_key(plan), "groups": {}}
        _create(session, plan)
    missing = stale(stamp, plan, groups, declared)
    if not missing:
        session.log(f"{SUITE_ENV.relative_to(ROOT)} has {', '.join(groups)} already")
        return
    for requirements in installs(plan, missing, declared):
        _pip_install(session, plan, requirements)
    if "device" in missing:
        _verify(plan, declared["device"])
    done = stamp["groups"] if isinstance(stamp["groups"], dict) else {}
    stamp = {"plan": plan_key(plan), "groups": {**done, **{name: declared[name] for name in missing}}}
    _write_text(SUITE_ENV / STAMP, json.dumps(stamp, indent=1))


def _create(session: nox.Session, plan: Chosen) -> None:
    """A new environment in place of any old one. virtualenv comes with nox and needs no network."""
    shutil.rmtree(SUITE_ENV, ignore_errors=True)
    make = [sys.executable, "-m", "virtualenv", "--quiet", "--python", plan.base, str(SUITE_ENV)]
    if subprocess.run([sys.executable, "-c", "import virtualenv"], capture_output=True, check=False).returncode:
        make = [plan.base, "-m", "venv", str(SUITE_ENV)]
    session.run(*make, external=True, silent=True)
    if plan.host:
        own = probe(str(SUITE_ENV / "bin" / "python"))
        if own is None or not own.sites:
            raise SetupError(f"{SUITE_ENV}: the environment made from {plan.base} does not run")
        _write_text(Path(own.sites[0]) / HOST_PTH, host_pth(plan.host.sites))


def _pip_install(session: nox.Session, plan: Chosen, requirements: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        pins = Path(folder) / "host.txt"  # a requirement that wants another torch must fail, not replace it
        pins.write_text(f"torch=={plan.host.torch}\ntriton=={plan.host.triton}\n" if plan.host else "")
        options = ["--no-input", "--disable-pip-version-check", "--constraint", str(pins)]
        pip = [str(SUITE_ENV / "bin" / "python"), "-m", "pip", "install", *options]
        session.run(*pip, *requirements, external=True, silent=True)  # pip's words show where it fails


def _verify(plan: Chosen, device_group: Sequence[str]) -> None:
    """Raise SetupError unless the environment imports the torch and the Triton that the plan says."""
    done = subprocess.run(
        [str(SUITE_ENV / "bin" / "python"), "-c", VERIFY], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SetupError(f"{SUITE_ENV}: torch or Triton does not import:\n{done.stderr.strip()}")
    seen = json.loads(done.stdout.splitlines()[-1])
    if plan.host:
        problems = mismatches(plan.host, seen)
    else:
        pins = dict(requirement.split("==") for requirement in device_group)
        problems = [f"{n} is {seen[n]}, the group says {v}" for n, v in pins.items() if seen[n].split("+")[0] != v]
    if problems:
        raise SetupError(f"{SUITE_ENV}: {'; '.join(problems)}. Remove that folder and look at what pulled it in")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Two nox runs in one checkout make the environment one after the other."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _read_stamp(path: Path) -> dict[str, object]:
    try:
        stamp = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _write_text(path: Path, text: str) -> None:
    temporary = path.with_suffix(".part")
    temporary.write_text(text)
    temporary.replace(path)


# --- golden vectors under other versions ----------------------------------------------------------


def vectors_options(posargs: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """What of the session's arguments chooses versions (python, versions), and the rest, which is the command's."""
    parser = argparse.ArgumentParser(prog="nox -s vectors --", add_help=False, allow_abbrev=False)
    parser.add_argument("--with", dest="versions", action="append", default=[])
    parser.add_argument("--python")
    return parser.parse_known_args(list(posargs))


def vectors_stack(versions: Sequence[str], core: Sequence[str], *, alone: bool) -> list[str]:
    """What to install beside the interpreter: `versions`, and where it is `alone` the others that vectors need."""
    named = {_name(requirement) for requirement in versions}
    others = [r for r in core if _name(r) in VECTORS_NEED and _name(r) not in named]
    return [*versions, *(others if alone else [])]


def _name(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9_.-]", requirement, maxsplit=1)[0].lower().replace("-", "_")


def _libraries(session: nox.Session, python: str, requirements: Sequence[str], *, alone: bool) -> Path:
    """A folder with these libraries, installed once for each interpreter; the shared environment stays as it is."""
    wanted = " ".join([python.removeprefix(str(ROOT)), *requirements])
    words = re.sub(r"[^A-Za-z0-9.]+", "-", wanted).strip("-")
    key = f"{words[:120]}-{hashlib.sha256(wanted.encode()).hexdigest()[:8]}"
    folder = ROOT / ".nox" / "with" / key
    with _locked(folder.with_name(f"{key}.lock")):
        if not folder.is_dir():
            part = folder.with_name(f"{key}.part")
            shutil.rmtree(part, ignore_errors=True)
            pip = [python, "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
            options = ["--target", str(part), *([] if alone else ["--no-deps"])]
            session.run(*pip, *options, *requirements, external=True, silent=True)
            part.rename(folder)
    return folder


# --- sessions -------------------------------------------------------------------------------------


@nox.session(venv_backend="none")
def conformance(session: nox.Session) -> None:
    """Judge the kernels: -- [--tier T] [--subject S ...] [--backend B] [-n N] [-k EXPR], --help shows all."""
    session.run(suite_python(session, "device", "core"), "-m", "conformance", *session.posargs, external=True)


@nox.session(venv_backend="none")
def tests(session: nox.Session) -> None:
    """Test the instruments: -- [pytest arguments]."""
    python = suite_python(session, "device", "core", "tests", "hip")
    session.run(
        python, "-m", "pytest", "-n", "2", "--dist", "worksteal", *(session.posargs or ["tests"]), external=True
    )


@nox.session(venv_backend="none")
def vectors(session: nox.Session) -> None:
    """Golden vectors: -- [--check] [--out DIR --tier T] [--with PKG==VERSION ...] [--python EXE] | diff OLD NEW."""
    options, rest = vectors_options(session.posargs)
    declared = declared_groups()["core"]
    python = options.python or suite_python(session, "core")
    requirements = vectors_stack(options.versions, declared, alone=options.python is not None)
    if requirements:
        folder = _libraries(session, python, requirements, alone=options.python is not None)
        session.env["PYTHONPATH"] = str(folder)
    session.run(python, "-m", "vectors", *rest, external=True)


@nox.session(venv_backend="none")
def versions(session: nox.Session) -> None:
    """Judge with other versions of Triton: -- VERSION ... [options of a run], as in 3.5.1 3.8.0 -k gemm."""
    asked = list(itertools.takewhile(lambda word: not word.startswith("-"), session.posargs))
    python = suite_python(session, "device", "core")
    folders = [f"{v}={_libraries(session, python, [f'triton=={v}'], alone=False)}" for v in asked]
    options = session.posargs[len(asked) :]
    session.run(python, "-m", "conformance.versions", *folders, *options, external=True)


@nox.session(venv_backend="none")
def field(session: nox.Session) -> None:
    """Ask the releases of other projects, for FIELD.md: -- [--only PROJECT ...] [--page] [-n N]."""
    session.run(suite_python(session, "device", "core"), "-m", "conformance.field", *session.posargs, external=True)


@nox.session(venv_backend="none")
def reports(session: nox.Session) -> None:
    """Work on reports: -- merge SHARD ... --out DIR, render DIR, annotations DIR, gate, compare, lowering-diff."""
    session.run(suite_python(session, "core"), "-m", "reports", *session.posargs, external=True)


@nox.session(venv_backend="none")
def compare(session: nox.Session) -> None:
    """What changed from report A to B, as HTML and Markdown: -- A B [--pair X=Y] [--html FILE] [--markdown FILE]."""
    session.run(suite_python(session, "core"), "-m", "reports", "compare", *session.posargs, external=True)


@nox.session(venv_backend="none")
def pictures(session: nox.Session) -> None:
    """Take the docs' pictures of reports again, of runs made for them: -- [--out DIR] [--keep DIR]."""
    python = suite_python(session, "device", "core", "tests")
    session.run(python, "-m", "tests.reports.take_pictures", *session.posargs, external=True)


@nox.session(venv_backend="none")
def mutants(session: nox.Session) -> None:
    """Judge wrong kernels: -- [--only ID ...] [--kind K] [--tier T] [-n N] [--false-alarms T], --help shows all."""
    python = suite_python(session, "device", "core")
    session.run(python, "-m", "conformance.defects", *session.posargs, external=True)


@nox.session(name="probe", venv_backend="none")
def probe_device(session: nox.Session) -> None:
    """Measure a device's own arithmetic: -- [--backend B] [--out FILE] [--only PART ...], --help shows all."""
    session.run(suite_python(session, "device", "core"), "-m", "conformance.measure", *session.posargs, external=True)


@nox.session(venv_backend="none")
def torture(session: nox.Session) -> None:
    """Try to break the suite: kills, flips, hostile subjects, words: -- [--group G] [--count N] [--seed N]."""
    python = suite_python(session, "device", "core", "tests")
    session.run(python, "-m", "tests.torture", *session.posargs, external=True)


@nox.session(venv_backend="none")
def bench(session: nox.Session) -> None:
    """Measure speed and memory: -- reference [--repetitions N] [--out FILE]."""
    name, *options = session.posargs or ["reference"]
    found = sorted(path.stem.removesuffix("_bench") for path in (ROOT / "tests" / "bench").glob("*_bench.py"))
    if name not in found:
        session.error(f"bench: has {name!r}, needs one of {', '.join(found)}")
    python = suite_python(session, "device", "core", "tests")
    session.run(python, "-m", f"tests.bench.{name}_bench", *options, external=True)


@nox.session(venv_backend="none")
def lint(session: nox.Session) -> None:
    """Lint, check the format and the CIs' files: -- [--fix] applies what can be."""
    python = suite_python(session, "lint")
    fix = "--fix" in session.posargs
    session.run(python, "-m", "ruff", "check", *(["--fix"] if fix else []), ".", external=True)
    session.run(python, "-m", "ruff", "format", *([] if fix else ["--check"]), ".", external=True)
    for pattern, schemas in CI_FILES.items():
        for schema in schemas:
            files = sorted(map(str, ROOT.glob(pattern)))
            check = ["-m", "check_jsonschema", "--builtin-schema", schema, *files]
            session.run(python, *check, external=True)


@nox.session(venv_backend="none")
def types(session: nox.Session) -> None:
    """Check the static types."""
    session.run(suite_python(session, "core", "types"), "-m", "mypy", *session.posargs, external=True)
