"""`make screenshots`: the demo's story once more, every page of its console as a picture.

Writes all pages, in both languages and at three widths, into demo-run/screenshots, and those that
the guides show into the guides' own folder: smaller, in few colours.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from demo.console import ACCOUNTS
from demo.shell import DemoFailed
from demo.tour import Stop, tour
from demo.visitor import CHROMIUM, FLAGS, Visitor, people

FOLDER = Path("demo-run")
GUIDES = Path("gateway/web/console/help")
LANGUAGES = ("id", "en")
WIDTHS = (360, 768, 1440)
SHOWN, COLOURS = 960, 128
"""Pixels of width of a guide's picture, and its colours: sharp enough to find one's way by."""
_USED = re.compile(r"\.\./\.\./pictures/(\w+/[a-z0-9-]+)\.png")
_TALLEST = 2 * SHOWN // 3
_ADDRESS = re.compile(r"the staff console: (\S+);")


def main() -> int:
    """Run demo and browser; 1 where a page is wider than its screen, or was not reached."""
    try:
        wide = _tour()
    except DemoFailed as failure:
        print(f"screenshots: FAILED: {failure}", file=sys.stderr)
        return 1
    for line in wide:
        print(f"screenshots: WIDER THAN ITS SCREEN: {line}", file=sys.stderr)
    print(f"screenshots: {FOLDER / 'screenshots'}, {_give_guides()} of them in {GUIDES}")
    return 1 if wide else 0


def _tour() -> list[str]:
    """All pictures; returns what is wider than its screen."""
    with ExitStack() as stack:
        address = _start(stack)
        browser = stack.enter_context(sync_playwright()).chromium.launch(
            executable_path=CHROMIUM, args=list(FLAGS)
        )
        stack.callback(browser.close)
        staff = {
            name: Visitor(browser, address, person)
            for name, person in people(FOLDER / ACCOUNTS).items()
        }
        return [line for stop in tour(staff, FOLDER) for line in _look(stop)]


def _start(stack: ExitStack) -> str:
    """Run the demo beside us until we end. Raises DemoFailed. Returns the console's address."""
    line = [sys.executable, "-m", "demo"]
    demo = subprocess.Popen(
        line, env={**os.environ, "KEEP": "1"}, stdout=subprocess.PIPE, text=True
    )
    stack.callback(demo.wait, timeout=60)
    stack.callback(demo.send_signal, signal.SIGTERM)
    if demo.stdout is None:
        raise DemoFailed("expected the demo's words on a pipe")
    stack.callback(demo.stdout.close)
    for said in demo.stdout:
        print(said.rstrip())
        found = _ADDRESS.search(said)
        if found is not None:
            return found[1]
    raise DemoFailed("the demo ended before its console could be looked at")


def _look(stop: Stop) -> list[str]:
    """Take the pictures of a stop; returns what is wider than its screen."""
    wide = []
    folder = FOLDER / "screenshots"
    for language in LANGUAGES:
        (folder / language).mkdir(parents=True, exist_ok=True)
        stop.visitor.speak(language)
        for name, path in stop.pages.items():
            page = stop.visitor.go(path)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                page.screenshot(path=folder / language / f"{name}-{width}.png", full_page=True)
                if page.evaluate("document.documentElement.scrollWidth - window.innerWidth") > 0:
                    wide.append(f"{language}/{name} at {width}")
    return wide


def _give_guides() -> int:
    """Put the pictures that the guides name into their folder, and take out all others."""
    texts = [path.read_text("utf-8") for path in GUIDES.glob("guides/*/*.md")]
    used = {found for text in texts for found in _USED.findall(text)}
    for old in GUIDES.glob("pictures/*/*.png"):
        old.unlink()
    for name in sorted(used):
        target = GUIDES / "pictures" / f"{name}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        _shrink(FOLDER / "screenshots" / f"{name}.png", target)
    return len(used)


def _shrink(source: Path, target: Path) -> None:
    """The upper part of a page, in few pixels and colours."""
    with Image.open(source) as whole:
        width = min(whole.width, SHOWN)
        height = min(round(whole.height * width / whole.width), _TALLEST)
        top = whole.convert("RGB").crop((0, 0, whole.width, round(height * whole.width / width)))
        small = top.resize((width, height), Image.Resampling.LANCZOS)
        small.quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)


if __name__ == "__main__":
    sys.exit(main())
