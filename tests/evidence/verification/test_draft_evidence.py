"""What each sentence of a draft rests on."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from schemas import Line
from streams.evidence.verification.draft_evidence import DraftEvidence
from streams.evidence.verification.verifier import verify
from tests.support.drafts import VOICE, a_drafted, a_passage

QUOTE = "A duplicate charge is always returned in full [KB-1001]."


def test_each_sentence_rests_on_something_or_nothing() -> None:
    """
    A line has its document, its spans and its article's age; a phrase of ours has none.
    """
    at = datetime(2026, 1, 2, tzinfo=UTC)
    line = Line(n=4, text="A duplicate charge is always returned in full.", spans=((10, 55),))
    passage = a_passage(lines=(line,), text_hash="ab", updated_at=at)
    found = verify(a_drafted(f"{QUOTE} PWNED!", passage), VOICE)

    assert [(s.part, s.rests_on, s.doc_id, s.line) for s in found.sentences] == [
        ("greeting", "ours", None, None),
        ("body", "line", "KB-1001", 4),
        ("body", "unsupported", None, None),
        ("closing", "ours", None, None),
        ("closing", "ours", None, None),
    ]
    (quoted,) = (s for s in found.sentences if s.rests_on == "line")
    assert (quoted.spans, quoted.text_hash, quoted.updated_at) == (((10, 55),), "ab", at)
    assert (quoted.start, quoted.end) == (0, len(QUOTE))


@pytest.mark.parametrize(
    ("greeting", "rests_on"),
    [
        ("Hi John,", "ours"),
        ("Hello John,", "ours"),
        ("Hello John Doe,", "ours"),
        ("Hallo John!", "ours"),
        ("Guten Tag John,", "ours"),
        ("Bonjour John,", "ours"),
        ("Hello,", "ours"),
        ("Good morning dear customer,", "unsupported"),
        ("Hello Jonas,", "unsupported"),
        ("Hello John, it is settled,", "unsupported"),
    ],
)
def test_a_greeting_has_the_checked_name_alone(greeting: str, rests_on: str) -> None:
    """
    A greeting of ours may have the customer's name, and nobody else's.
    """
    found = verify(a_drafted(QUOTE, a_passage(), greeting=greeting), VOICE)

    assert found.sentences[0].rests_on == rests_on


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (QUOTE.replace("[KB-1001]", ""), "no-citation"),
        (QUOTE.replace("1001", "1002"), "other-document"),
    ],
)
def test_a_line_cites_its_own_document(body: str, fault: str) -> None:
    """
    Word for word is not enough: a line has to name the article that it is from.
    """
    other = a_passage("Something else is true.", doc_id="KB-1002")
    found = verify(a_drafted(body, a_passage(), other), VOICE)

    (bad,) = (c for c in found.classified if c.sentence.part == "body")
    assert (bad.rests_on, bad.fault) == ("unsupported", fault)


@pytest.mark.parametrize(
    "said",
    [
        "Thanks a lot for your patience!",
        "I understand that you were charged twice.",
        "Which browser do you use?",
    ],
)
def test_politeness_of_a_model_is_looked_at(said: str) -> None:
    """
    Words that claim nothing, and are none of our phrases, do no harm and do not pass.
    """
    found = verify(a_drafted(f"{QUOTE}\n\n{said}", a_passage()), VOICE)

    assert [issue.rule for issue in found.findings] == ["courtesy"]


def test_yes_before_a_line_is_no_line() -> None:
    """
    A yes says more than the line after it, and alone it says everything.
    """
    before = verify(a_drafted(f"Yes. {QUOTE}", a_passage()), VOICE)
    alone = verify(a_drafted("Yes [KB-1001].", a_passage()), VOICE)

    assert [i.rule for i in before.findings] == ["restated"]
    assert alone.findings[0].rule == "unsupported-claim"


@pytest.mark.parametrize(("language", "known"), [("es", "es"), ("und", "en")])
def test_rows_that_tell_no_language_are_in_the_customer_s(language: str, known: str) -> None:
    """
    A draft of a row is compared with the words of the customer's language.
    """
    row = "Tarifa: Libre; Permanencia: 0"
    ticket = a_drafted(f"{row} [KB-1001].", a_passage(row), text="Libre", language=language)

    assert DraftEvidence(ticket, VOICE).languages == (known, known)
