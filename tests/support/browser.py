"""
A real browser for tests: Debian's chromium, driven by Playwright.

`python -m tests.support.browser` installs it by apt, if it is not there and we may.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

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


def install() -> None:
    """Install chromium unless it is there. Ends the process with the way out if that fails."""
    if CHROMIUM.exists():
        return
    if not shutil.which("apt-get") or os.geteuid() != 0:
        sys.exit(f"{CHROMIUM} is missing: install chromium, or set CHROMIUM to where it is")
    print("installing chromium (some 100 MB) ...", file=sys.stderr)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "--quiet=2"],
        ["apt-get", "install", "--quiet=2", "--yes", "--no-install-recommends", "chromium"],
    ):
        subprocess.run(command, env=quiet, check=True, stdout=sys.stderr)


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
    install()
