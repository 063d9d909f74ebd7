"""The benches of quality, on a few rows of our own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.bench import done

pytestmark = pytest.mark.timeout(360)  # on a machine that does much else


@pytest.mark.parametrize(
    ("program", "option"),
    [("triage", "--data"), ("retrieval", "--data"), ("policy", "--")],
)
def test_without_the_data(tmp_path: Path, program: str, option: str) -> None:
    """
    Where the public data is not there, a sentence says so.
    """
    made = done(f"bench.quality.{program}", option, tmp_path)

    assert made.returncode == 2
    assert f"{tmp_path} has no " in made.stderr
    assert "Traceback" not in made.stderr
