"""The bench of policy, on a few rows of our own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.bench import printed

pytestmark = pytest.mark.timeout(360)  # on a machine that does much else


def test_policy(data: Path) -> None:
    """
    It tells how well personal data is found.
    """
    said = printed("bench.quality.policy", data)

    assert "email    recall 1.000 precision 1.000 (1)" in said
