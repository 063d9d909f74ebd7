"""Drafts in full, with what they rest on."""

from __future__ import annotations

import pytest

from bench.quality.shown_drafts import WAYS
from tests.support.bench import printed

pytestmark = pytest.mark.timeout(360)  # on a machine that does much else


def test_four_drafts() -> None:
    """
    Each of four tickets has a draft of each writer, and none of a model that lies passes.
    """
    said = printed("bench.quality.shown_drafts")

    tickets = said.split("\n## ")[1:]
    assert [ticket.partition(":")[0] for ticket in tickets] == [
        *("good", "several-questions", "no-evidence", "german")
    ]
    for ticket in tickets:
        drafts = ticket.split("\n### ")[1:]
        assert [one.partition(":")[0] for one in drafts] == [who for who, *_ in WAYS]
        assert all("| rests on | sentence | article |" in one for one in drafts)
        assert not any("`passed`" in one.splitlines()[0] for one in drafts[2:])
    good = tickets[0].split("\n### ")[2]
    assert "`passed`" in good.splitlines()[0]
    assert "KB-1206, line 16, word for word" in good
