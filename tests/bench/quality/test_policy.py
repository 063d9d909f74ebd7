"""The bench of policy, on a few rows of our own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.conftest import ABOUT
from tests.support.bench import printed

pytestmark = pytest.mark.timeout(360)  # on a machine that does much else


def test_policy(data: Path) -> None:
    """
    It tells how well made-up answers and personal data are found.
    """
    said = printed("bench.quality.policy", data)

    assert f"AUC 1.000  ({len(ABOUT)} pairs)" in said
    assert "email    recall 1.000 precision 1.000 (1)" in said
