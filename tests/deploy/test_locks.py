"""deploy/*.lock: what the image is made of."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PYTHON = {"python_version": "3.11", "python_full_version": "3.11.0"}
"""What the locks are made for."""
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_the_image_has_the_versions_that_are_tested() -> None:
    """
    Each library of the image, and each that builds it, is in requirements.lock, hash by hash.
    """
    tested = locked("requirements.lock")

    for part in ("deploy/runtime.lock", "deploy/build.lock"):
        assert locked(part).items() <= tested.items()


def test_each_library_is_locked_by_hash() -> None:
    """
    An index that gives another file under the same name is refused.
    """
    for part in ("requirements.lock", "deploy/runtime.lock", "deploy/build.lock"):
        assert locked(part)
        assert all(hashes for _, hashes in locked(part).values()), part


def test_the_image_has_what_the_project_needs_and_nothing_else() -> None:
    """
    The lock is the project's dependencies and theirs: `make lock` was called after a change.
    """
    assert locked("deploy/runtime.lock").keys() == needed(PROJECT["project"]["dependencies"])
    assert locked("deploy/build.lock").keys() == needed(PROJECT["dependency-groups"]["build"])


def locked(file: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Return version and hashes of each library in *file*."""
    found = re.findall(
        r"^([\w.-]+)==(\S+)((?: \\\n +--hash=\S+)*)", (ROOT / file).read_text(), re.MULTILINE
    )
    return {
        name: (version, frozenset(re.findall(r"--hash=(\S+)", hashes)))
        for name, version, hashes in found
    }


def needed(requirements: list[str]) -> set[str]:
    """Return the names of *requirements* and of all that they require here."""
    found: set[tuple[str, str]] = set()
    waiting = [(Requirement(each), "") for each in requirements]
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({**PYTHON, "extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        for wanted in {"", *requirement.extras}:
            if (name, wanted) not in found:
                found.add((name, wanted))
                theirs = metadata.requires(name) or []
                waiting += [(Requirement(each), wanted) for each in theirs]
    return {name for name, _ in found}
