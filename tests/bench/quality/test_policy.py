"""The bench of policy, on a few rows of our own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.bench import printed

pytestmark = pytest.mark.timeout(360)  # on a machine that does much else


def test_policy(data: Path) -> None:
    """
    It tells how well personal data is found, and what the length of an answer alone tells.
    """
    said = printed("bench.quality.policy", data)

    assert "email    recall 1.000 precision 1.000 (1)" in said
    assert "length of the answer alone, AUC 0.000 (4)" in said
