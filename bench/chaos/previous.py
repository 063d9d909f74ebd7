"""The version before this one, taken out of the repository's history, to run beside it."""

from __future__ import annotations

import subprocess
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from tests.support.machine import cache

VERSION = "0.1.0"
COMMIT = "491bffe933712390c00927022185d69b78c48bd6"
"""The last one of that version."""
PROGRAM = "from streams.cli import main; main()"
"""The program that starts its command line."""
NOT_YET_SETTINGS = ("drafts",)
"""Settings of a run that it does not know."""
_ROOT = Path(__file__).parents[2]
_PACKAGES = ("streams", "schemas", "health")


def packages() -> Path:
    """
    Return a folder with its packages, which go before ours on Python's path.

    Raises:
        RuntimeError: The repository's history is not here.
    """
    folder = cache() / f"ticketstream-{VERSION}-{COMMIT[:12]}"
    if not folder.is_dir():
        archive = subprocess.run(
            ["git", "archive", "--format=zip", COMMIT, *_PACKAGES],
            cwd=_ROOT,
            capture_output=True,
            check=False,
        )
        if archive.returncode:
            raise RuntimeError(
                f"version {VERSION} is commit {COMMIT[:12]}, which this checkout does not have:"
                " fetch the whole history (git fetch --unshallow)"
            )
        _unpack(archive.stdout, folder)
    return folder


def _unpack(archive: bytes, folder: Path) -> None:
    made = folder.with_suffix(".part")
    with ZipFile(BytesIO(archive)) as files:
        files.extractall(made)
    about = made / f"ticketstream-{VERSION}.dist-info"
    about.mkdir(exist_ok=True)
    about.joinpath("METADATA").write_text(
        f"Metadata-Version: 2.1\nName: ticketstream\nVersion: {VERSION}\n"
    )
    made.rename(folder)
