"""The benches of quality, on a few rows of our own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.conftest import ABOUT
from tests.support.bench import done, printed

pytestmark = pytest.mark.timeout(360)  # on a machine that does much else


def test_triage(data: Path) -> None:
    """
    It tells how the sample tickets fare, and those of somebody else's taxonomy.
    """
    said = printed("bench.triage_quality", "--data", data, "--misses")

    assert "sample: 48 tickets" in said
    assert "category: " in said
    assert "10 an intent" in said


def test_retrieval(data: Path) -> None:
    """
    It tells how well the embedded knowledge base finds.
    """
    said = printed("bench.retrieval_quality", "--data", data)

    for row in ("docs_qa", "stackfaq", "in keywords", "sample tickets, floor 0.25"):
        assert row in said


@pytest.mark.real
def test_retrieval_by_weaviate(data: Path, real_servers: None) -> None:
    """
    It tells how Weaviate agrees with the embedded knowledge base.
    """
    options = ("--knowledge", "weaviate", "--flush-seconds", "0")
    said = printed("bench.retrieval_quality", "--data", data, *options)

    assert said.count("at once") == 2


def test_policy(data: Path) -> None:
    """
    It tells how well made-up answers and personal data are found.
    """
    said = printed("bench.policy_quality", data)

    assert f"AUC 1.000  ({len(ABOUT)} pairs)" in said
    assert "email    recall 1.000 precision 1.000 (1)" in said


@pytest.mark.parametrize(
    ("program", "option"),
    [("triage", "--data"), ("retrieval", "--data"), ("policy", "--")],
)
def test_without_the_data(tmp_path: Path, program: str, option: str) -> None:
    """
    Where the public data is not there, a sentence says so.
    """
    made = done(f"bench.{program}_quality", option, tmp_path)

    assert made.returncode == 2
    assert f"{tmp_path} has no " in made.stderr
    assert "Traceback" not in made.stderr
