"""The sample's tickets with the lines that have the facts of a right reply."""

from __future__ import annotations

import pytest

from bench.quality.sample_tickets import (
    UNKNOWN,
    grounded,
    known_of_sample,
    sample_tickets,
    well_pointed,
    with_unknown_name,
)
from bench.quality.verdict_bench import VerdictBench
from streams.evidence.lines import PassageLines

pytestmark = pytest.mark.timeout(360)  # on a machine that does much else


async def test_right_lines_have_the_facts() -> None:
    """
    Each fact that a passage brings has a line; a reply of all of them is right.
    """
    tickets = [one for one in sample_tickets() if one.ticket.ticket_id == "TKT-2026-0007"]
    (known,) = known_of_sample(await grounded(tickets))
    lines = PassageLines(known.ticket.passages)
    said = " ".join(lines[ref].text for ref in known.right)

    assert len(tickets[0].labels.facts) == len(known.right) == 2
    assert known.is_right
    assert known.is_right(said)
    assert not known.is_right(lines[known.right[0]].text)


async def test_what_a_good_reply_quotes_is_there() -> None:
    """
    The lines that were chosen for a ticket are found for it, and are all in the draft.
    """
    tickets = [one for one in sample_tickets() if one.ticket.ticket_id == "TKT-2026-0007"]
    (made,) = [one async for one in well_pointed(await grounded(tickets), VerdictBench())]

    assert "valid for 60 minutes" in made.answer_draft.body
    assert not made.unanswered


async def test_what_nobody_s_lines_have() -> None:
    """
    The right lines of a ticket do not answer it once it names an unknown code or version.
    """
    bench = VerdictBench()
    tickets = [one for one in sample_tickets() if one.ticket.ticket_id == "TKT-2026-0007"]
    made = [one async for one in with_unknown_name(tickets, bench)]

    assert len(made) == len(UNKNOWN)
    assert all(bench.rules(one.draft) for one in made)
