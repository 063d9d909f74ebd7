"""
AsyncAPI's own parser, from npm.

`python -m tests.support.asyncapi_parser` installs it, once for each version, into a cache
outside the checkout.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.machine import cache

PROGRAM = Path(__file__).parent / "asyncapi"
Complaint = tuple[int, str, str]
"""Severity (0 is an error, 1 a warning), place, message."""


def parser() -> Path:
    """Return the folder of the installed parser, after installing it if it is not there."""
    version = hashlib.sha256(b"".join(f.read_bytes() for f in sorted(PROGRAM.iterdir())))
    folder = cache() / f"asyncapi-parser-{version.hexdigest()[:12]}"
    if not folder.exists():
        if not shutil.which("npm"):
            sys.exit("npm is missing: install Node 20 or newer")
        print(f"installing AsyncAPI's parser (55 MB) in {folder} ...", file=sys.stderr)
        with tempfile.TemporaryDirectory(dir=cache()) as made:
            installed = Path(made, "parser")
            shutil.copytree(PROGRAM, installed)
            subprocess.run(
                ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"],
                cwd=installed,
                check=True,
                stdout=sys.stderr,
            )
            installed.rename(folder)
    return folder


def complaints(*documents: Path) -> list[list[Complaint]]:
    """Return what the parser has against each of *documents*."""
    done = subprocess.run(
        ["node", "parse.js", *map(str, documents)],
        cwd=parser(),
        check=True,
        capture_output=True,
        text=True,
    )
    return [[(s, place, said) for s, place, said in one] for one in json.loads(done.stdout)]


if __name__ == "__main__":
    parser()
