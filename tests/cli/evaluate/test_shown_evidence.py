"""What each sentence of a draft rests on, as it is shown."""

from __future__ import annotations

from typing import Any

import pytest

from schemas import SentenceEvidence
from streams.cli.evaluate.shown_evidence import evidence_of, evidence_row
from tests.support.evaluations import an_outcome

LINE = "A duplicate charge is always returned in full."


def shown(**evidence: Any) -> dict[str, Any]:
    """Return what is shown of the body's only sentence if it has this *evidence*."""
    found = an_outcome()
    body = found.processed.answer_draft.body
    one = SentenceEvidence(part="body", start=0, end=len(body), **evidence)
    made = found.processed.model_copy(update={"evidence": (one,)})
    (row,) = evidence_of(found.drafted, made)
    return row


def test_a_sentence_has_its_line() -> None:
    """
    A program reads the sentence with the line that it rests on, as the article has it.
    """
    row = shown(rests_on="restated", doc_id="KB-1001", line=2)

    assert row == {
        "part": "body",
        "sentence": "A duplicate charge is returned in full [KB-1001].",
        "rests_on": "restated",
        "doc_id": "KB-1001",
        "line": 2,
        "title": "How a duplicate charge is returned",
        "line_text": LINE,
    }


def test_a_line_that_is_not_there() -> None:
    """
    Evidence of a passage that the ticket no longer has is named without its text.
    """
    row = shown(rests_on="line", doc_id="KB-9", line=1)

    assert (row["doc_id"], row["title"], row["line_text"]) == ("KB-9", None, None)


@pytest.mark.parametrize(
    ("evidence", "told"),
    [
        ({"rests_on": "line", "doc_id": "KB-1001", "line": 2}, "KB-1001, line 2, word for word"),
        (
            {"rests_on": "restated", "doc_id": "KB-1001", "line": 2},
            "KB-1001, line 2, in other words",
        ),
        ({"rests_on": "ours"}, "a phrase of ours"),
        ({"rests_on": "line"}, "an article, word for word"),
        ({"rests_on": "unsupported"}, "nothing"),
        ({"rests_on": "unsupported", "doc_id": "KB-1001", "line": 2}, "nothing"),
        ({"rests_on": "newer"}, "newer"),
    ],
)
def test_a_person_reads_whose_words_it_is(evidence: dict[str, Any], told: str) -> None:
    """
    Each class has words of its own, and one of a newer version its name.
    """
    row = evidence_row(shown(**evidence))

    assert row["rests on"] == told
    assert row["sentence"].startswith("A duplicate charge")


def test_a_draft_without_evidence() -> None:
    """
    Of an older result nothing is shown.
    """
    found = an_outcome()

    assert list(evidence_of(found.drafted, found.processed)) == []
