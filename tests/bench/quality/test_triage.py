"""The bench of triage, on a few rows of our own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.bench import printed

pytestmark = pytest.mark.timeout(360)  # on a machine that does much else


def test_triage(data: Path) -> None:
    """
    It tells how the sample tickets fare, and those of somebody else's taxonomy.
    """
    said = printed("bench.quality.triage", "--data", data, "--misses")

    assert "sample: 48 tickets" in said
    assert "category: " in said
    assert "10 an intent" in said
