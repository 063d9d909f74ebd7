"""Programs and files of Go modules, built or fetched once, into a cache outside the checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.support.machine import cache


def cached(name: str, about: str, make: Callable[[Path], None]) -> Path:
    """Return the folder *name* of the cache, after *make* has filled it if it is not there."""
    folder = cache() / name
    if not folder.exists():
        if not shutil.which("go"):
            sys.exit("go is missing: install Go 1.26 or newer")
        print(f"building {about} in {folder} ...", file=sys.stderr)
        with tempfile.TemporaryDirectory(dir=cache()) as new:
            made = Path(new, "made")
            made.mkdir()
            make(made)
            made.rename(folder)
    return folder


def go(*arguments: str, folder: Path | None = None, into: Path | None = None) -> str:
    """Return what `go` prints, called in *folder*; what it installs goes *into* another one."""
    done = subprocess.run(
        ["go", *arguments],
        cwd=folder,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "CGO_ENABLED": "0", **({"GOBIN": str(into)} if into else {})},
    )
    return done.stdout


def fetched(module: str, folder: Path, *, whole: bool = True) -> Path:
    """Return where *module*, name@version, lies; without *whole* its go.mod alone."""
    said = json.loads(go("mod", "download", "-json", module, folder=folder))
    return Path(said["Dir" if whole else "GoMod"])
