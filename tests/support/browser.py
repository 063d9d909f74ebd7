"""
A real browser for tests: Debian's chromium, driven by Playwright.

`python -m tests.support.browser` installs it by apt, if it is not there and we may.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.support import packages

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
"""Where it is; on another system than Debian CHROMIUM in the environment says so."""
FLAGS = (
    "--no-sandbox",  # a container's root has none
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the browser, without a window, until the block ends."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


if __name__ == "__main__":
    packages.install({str(CHROMIUM): "chromium"})
