"""What does a real browser make of a page? A headless Chromium, driven by Playwright, that can reach no network.

Playwright brings its own driver and no browser: the system's Chromium is used. axe-core, which looks for what keeps
people from reading a page, is the npm package of one version, kept in .nox and checked against its digest.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import shutil
import subprocess
import tarfile
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, sync_playwright

from reports.files import write_whole

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
AXE = "4.14.1"
AXE_ADDRESS = f"https://registry.npmjs.org/axe-core/-/axe-core-{AXE}.tgz"
AXE_SHA512 = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
AXE_KEPT = Path(__file__).resolve().parents[2] / ".nox" / f"axe-core-{AXE}.tgz"
SECONDS = 30


class NoBrowserError(RuntimeError):
    """There is no browser, or no axe-core, on this machine; the message says how to get it."""


@dataclass
class Seen:
    """A page that is open. console: its messages, errors of scripts among them; requests: what it asked for."""

    page: Page
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, until the block ends. Raises NoBrowserError."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        raise NoBrowserError(f"none of {', '.join(PROGRAMS)} is on the PATH, needs one: apt-get install chromium")
    with sync_playwright() as driver:
        try:
            browser = driver.chromium.launch(executable_path=program, timeout=SECONDS * 1000)
        except Error as error:
            raise NoBrowserError(f"{program} does not start: {error}") from error
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(
    browser: Browser, path: Path, *, width: int = 1280, dark: bool = False, media: str = "screen", script: bool = True
) -> Iterator[Seen]:
    """The file, opened from disk. script: whether JavaScript runs."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if dark else "light",
        java_script_enabled=script,
        offline=True,
    )
    try:
        page = context.new_page()
        page.set_default_timeout(SECONDS * 1000)
        seen = Seen(page)

        def said(message: ConsoleMessage) -> None:
            seen.console.append(f"{message.type}: {message.text}")

        def asked(request: Request) -> None:
            seen.requests.append(request.url)

        page.on("console", said)
        page.on("pageerror", lambda error: seen.console.append(f"uncaught: {error}"))
        page.on("request", asked)
        page.emulate_media(media=media)  # type: ignore[arg-type]
        page.goto(path.resolve().as_uri())
        yield seen
    finally:
        context.close()


def axe_source() -> str:
    """axe-core's script. Raises NoBrowserError where it is neither kept nor to be had."""
    if not AXE_KEPT.is_file():
        AXE_KEPT.parent.mkdir(exist_ok=True)
        write_whole(AXE_KEPT, _fetched())
    with tarfile.open(AXE_KEPT) as archive:
        member = archive.extractfile("package/axe.min.js")
        if member is None:
            raise NoBrowserError(f"{AXE_KEPT}: has no package/axe.min.js; remove it to have it fetched again")
        return member.read().decode()


def _fetched() -> bytes:
    try:
        with urllib.request.urlopen(AXE_ADDRESS, timeout=SECONDS) as answer:
            found: bytes = answer.read()
    except OSError as error:
        by_npm = _packed()
        if by_npm is None:
            raise NoBrowserError(
                f"axe-core is not kept in {AXE_KEPT} and {AXE_ADDRESS} cannot be fetched: {error}"
            ) from error
        found = by_npm
    digest = base64.b64encode(hashlib.sha512(found).digest()).decode()
    if digest != AXE_SHA512:
        raise NoBrowserError(f"{AXE_ADDRESS}: has the SHA-512 {digest}, needs {AXE_SHA512}")
    return found


def _packed() -> bytes | None:
    """By npm, which may know a mirror or certificates that are set up for it alone; None where it cannot either."""
    program = shutil.which("npm")
    if program is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            words = [program, "pack", "--silent", f"axe-core@{AXE}"]
            subprocess.run(words, cwd=folder, check=True, capture_output=True, timeout=2 * SECONDS)
        found = next(Path(folder).glob("*.tgz"), None)
        return found.read_bytes() if found else None


def violations(page: Page, source: str) -> list[dict[str, Any]]:
    """What axe-core finds wrong with the page: rule id, impact, help and nodes of each."""
    page.evaluate(source)  # not a script of the page: its policy would let none be added
    found: list[dict[str, Any]] = page.evaluate("async () => (await axe.run({resultTypes: ['violations']})).violations")
    return found
