"""The version before this one, out of the repository's history."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest

from bench.chaos import previous
from tests.support.bench import ROOT


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a cache of this test alone."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def history() -> None:
    """Skip where the repository has not that commit, as a shallow clone."""
    found = subprocess.run(
        ["git", "cat-file", "-e", previous.COMMIT], cwd=ROOT, capture_output=True
    )
    if found.returncode:
        pytest.skip("the repository's history is not here")


def test_its_packages(history: None, kept: Path) -> None:
    """
    It is taken out once, with the version that its workers say they are.
    """
    folder = previous.packages()

    assert folder.is_relative_to(kept)
    (found,) = distributions(name="ticketstream", path=[str(folder)])
    assert found.version == previous.VERSION
    (folder / "mark").touch()
    assert (previous.packages() / "mark").exists()


def test_they_go_before_ours(history: None, kept: Path) -> None:
    """
    With the folder on Python's path it is that version that runs.
    """
    folder = previous.packages()
    program = "import streams; from importlib.metadata import version as v;"
    done = subprocess.run(
        [sys.executable, "-P", "-c", f"{program} print(streams.__file__, v('ticketstream'))"],
        env={"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split() == [str(folder / "streams/__init__.py"), previous.VERSION]
