"""A draft and its citations, as drafting adds them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas import AnswerDraft, CitationOutput, DraftedTicket
from streams.text.citations import cited
from tests.support.drafts import a_grounded, a_passage

CITATION: dict[str, Any] = {
    "doc_id": "KB-1",
    "chunk_id": "KB-1-c-1",
    "title": "T",
    "score": 0.5,
    "url": "",
}
DRAFT = AnswerDraft(greeting="Hi,", body="It is so [KB-1].", closing="Bye")


def test_a_draft_grows_out_of_its_evidence() -> None:
    """
    Ticket, reading, triage, passages and unknown fields are all there in what was drafted.
    """
    came = a_grounded(a_passage())
    newer = type(came).model_validate({**came.model_dump(), "mood": "green"})

    made = DraftedTicket.grown(newer, answer_draft=DRAFT, citations=(CITATION,))

    whole = made.model_dump()
    assert {name: whole[name] for name in newer.model_dump()} == newer.model_dump()
    assert made.citations == (CitationOutput(**CITATION),)


def test_an_older_draft_is_read() -> None:
    """
    What was added later has a value where a draft does not have it.
    """
    told = DraftedTicket.grown(a_grounded(), answer_draft=DRAFT, citations=()).model_dump()
    del told["unanswered"], told["answer_draft"]["tone"]

    made = DraftedTicket.model_validate(told)

    assert (made.unanswered, made.answer_draft.tone) == ((), "empathetic_professional")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("score", 1.01),
        ("score", -0.01),
        ("score", None),
        ("doc_id", ""),
        ("doc_id", "x" * 65),
        ("doc_id", "KB 1"),
        ("doc_id", "KB-1]("),
        ("doc_id", "KB-1\n"),
        ("url", None),
    ],
)
def test_what_is_no_citation(field: str, value: Any) -> None:
    """
    A score is a share, and an id can stand between the brackets that cite it.
    """
    with pytest.raises(ValidationError, match=field):
        CitationOutput.model_validate({**CITATION, field: value})


@given(doc_id=st.from_regex(r"[A-Za-z0-9._-]{1,64}", fullmatch=True))
def test_every_id_can_be_cited(doc_id: str) -> None:
    """
    Whatever an owner calls an article, its citation in a text is found again.
    """
    citation = CitationOutput.model_validate({**CITATION, "doc_id": doc_id})

    assert cited(f"It is so [{citation.doc_id}].") == (doc_id,)
