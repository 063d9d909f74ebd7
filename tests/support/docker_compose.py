"""
Docker Compose itself, built by the Go toolchain: what it makes of docker-compose.kafka.yml.

`python -m tests.support.docker_compose` builds it, once for each version, into a cache outside the
checkout. To read a file it needs no Docker.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.support.machine import cache

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.kafka.yml"
VERSION = "5.6.0"
SPECIFICATION = "2.16.1"
"""The version of compose-go that it reads files by; that module has the specification's schema."""
MODULE = f"github.com/docker/compose/v{VERSION[0]}"


def program() -> Path:
    """Return the program, after building it if it is not there."""
    folder = _folder()
    if not folder.exists():
        print(f"building Docker Compose {VERSION} (some minutes) in {folder} ...", file=sys.stderr)
        with tempfile.TemporaryDirectory(dir=cache()) as made:
            _build(Path(made))
            Path(made, "bin").rename(folder)
    return folder / "docker-compose"


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the compose specification."""
    program()
    found: dict[str, Any] = json.loads((_folder() / "compose-spec.json").read_text())
    return found


def _folder() -> Path:
    return cache() / f"docker-compose-{VERSION}"


def _build(folder: Path) -> None:
    """Build into *folder*/bin. Its go.mod has rules that `go install` takes for no one's module."""
    if not shutil.which("go"):
        sys.exit("go is missing: install Go 1.26.8 or newer")
    (folder / "bin").mkdir()
    (folder / "tools.go").write_text(
        f'//go:build tools\npackage tools\n\nimport _ "{MODULE}/cmd"\n'
    )
    _go(folder, "mod", "init", "tools")
    _go(folder, "get", f"{MODULE}/cmd@v{VERSION}")
    _go(folder, "build", "-ldflags=-s -w", "-o", "bin/docker-compose", f"{MODULE}/cmd")
    specification = _go(
        folder, "list", "-m", "-f", "{{.Version}} {{.Dir}}", "github.com/compose-spec/compose-go/v2"
    )
    version, _, source = specification.strip().partition(" ")
    assert version == f"v{SPECIFICATION}", version
    shutil.copy(Path(source, "schema", "compose-spec.json"), folder / "bin")


def _go(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["go", *arguments],
        cwd=folder,
        env={**os.environ, "CGO_ENABLED": "0"},
        check=True,
        text=True,
        stdout=subprocess.PIPE,
    ).stdout


def configuration(folder: Path) -> dict[str, Any]:
    """Return what Compose reads in *folder*, a copy of the checkout's files."""
    found: dict[str, Any] = json.loads(call(folder, "config", "--format", "json"))
    return found


def call(folder: Path, *arguments: str) -> str:
    """Return what Compose prints for *arguments* in *folder*. Its environment is a newcomer's."""
    done = subprocess.run(
        [program(), "-f", FILE.name, *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


if __name__ == "__main__":
    program()
