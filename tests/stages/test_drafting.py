"""Drafting, whoever writes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.backends.embedded.writer import EmbeddedWriter
from streams.drafting import draft
from streams.errors import BadAnswer
from streams.ports import Choice
from streams.text.citations import cited, uncited
from streams.text.sentences import split
from tests.support.drafts import CARD, RETURN, VOICE, ScriptedWriter, a_grounded, a_passage

_PIECES = [*RETURN.split(" "), *CARD.split(" "), "[KB-9]", "1.", "\n", "\n\n", ":", "\n- "]


@settings(deadline=None)  # the first example loads the vectors
@given(st.lists(st.sampled_from(_PIECES), min_size=1))
async def test_any_passage(words: list[str]) -> None:
    """
    Whatever a passage holds, every id that is cited is a passage's, and what cites is verbatim
    but for a full stop at its end.
    """
    text = " ".join(words)

    made = await draft(a_grounded(a_passage(text)), writer=EmbeddedWriter(), voice=VOICE)

    assert {c.doc_id for c in made.citations} <= {"KB-1001"}
    whole = " ".join(text.split())
    for line in made.answer_draft.body.split("\n"):
        for sentence in split(line):
            said = uncited(re.sub(r"^\s*(?:- |\d+\. )", "", sentence))
            assert not cited(sentence) or " ".join(said.split()).removesuffix(".") in whole


async def test_citations_in_order_of_first_citation() -> None:
    """
    One citation a document, in the order in which the body cites, with its best passage.
    """
    one, better = a_passage(n=1, score=0.4), a_passage(n=2, score=0.9)
    other = a_passage(CARD, "KB-1002")
    writer = ScriptedWriter("B [KB-1002]. A [KB-1001]. B [KB-1002].")

    made = await draft(a_grounded(one, better, other), writer=writer, voice=VOICE)

    assert [c.chunk_id for c in made.citations] == ["KB-1002-c-1", "KB-1001-c-2"]
    assert made.meta.stages["drafting"].backend == "scripted"


async def test_what_was_not_found_cannot_be_cited() -> None:
    """
    A draft that cites a document that retrieval did not find is no answer.
    """
    with pytest.raises(BadAnswer, match="not found"):
        await draft(
            a_grounded(a_passage()), writer=ScriptedWriter("So it is [KB-9999]."), voice=VOICE
        )


async def test_unanswered_and_unknown_fields_travel_on() -> None:
    """
    What is unanswered goes with the draft, and a newer worker's fields are kept.
    """
    ticket = a_grounded(a_passage()).model_copy(update={"mood_ring": "green"})
    newer = type(ticket).model_validate({**ticket.model_dump(), "mood_ring": "green"})

    writer = ScriptedWriter("Hm.", choices=(Choice("why", ()),))
    made = await draft(newer, writer=writer, voice=VOICE)

    assert made.model_dump()["unanswered"] == ("why",)
    assert made.model_dump()["mood_ring"] == "green"
