"""Where files of tests run side by side, long ones begin first: none is left alone at the end."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Order the files by the time that their tests may take, and by how many they have."""
    if not hasattr(config, "workerinput"):
        return  # all run here, one after the other
    files: defaultdict[Path, list[pytest.Item]] = defaultdict(list)
    for item in items:
        files[item.path].append(item)
    ordered = sorted(files.values(), key=lambda tests: (-_seconds(tests), -len(tests)))
    items[:] = [item for tests in ordered for item in tests]


def _seconds(tests: list[pytest.Item]) -> float:
    """Return the most seconds that one of *tests* asks for; 0 if none does."""
    marks = (mark for test in tests for mark in test.iter_markers("timeout"))
    return max((mark.args[0] for mark in marks), default=0)
