"""The bench of retrieval, on a few rows of our own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.bench import printed

pytestmark = pytest.mark.timeout(360)  # on a machine that does much else


def test_retrieval(data: Path) -> None:
    """
    It tells how well the embedded knowledge base finds.
    """
    said = printed("bench.quality.retrieval", "--data", data)

    for row in ("docs_qa", "stackfaq", "in keywords", "sample tickets, floor 0.25"):
        assert row in said


@pytest.mark.real
def test_retrieval_by_weaviate(data: Path, real_servers: None) -> None:
    """
    It tells how Weaviate agrees with the embedded knowledge base.
    """
    options = ("--knowledge", "weaviate", "--flush-seconds", "0")
    said = printed("bench.quality.retrieval", "--data", data, *options)

    assert said.count("at once") == 2
