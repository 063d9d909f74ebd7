"""The verifier: a class for each sentence, and one reason first."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import Line
from streams.evidence.verification.verifier import verify
from tests.support.drafts import RETURN, VOICE, a_drafted, a_passage

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


def test_findings_have_their_place() -> None:
    """
    A finding names the sentence that it is about, in the draft's own words.
    """
    body = f"{QUOTE} PWNED!"
    issue = verify(a_drafted(body, a_passage()), VOICE).findings[0]

    assert (issue.rule, issue.part, issue.quote) == ("unsupported-claim", "body", "PWNED!")
    assert body[issue.start : issue.end] == "PWNED!"


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
    ("part", "text"),
    [
        ("closing", "The money is on its way.\nSupport Team"),
        ("closing", "Das Geld überweisen wir Ihnen noch heute.\nSupport Team"),
        ("greeting", "Hi John, everything is settled,"),
        ("greeting", "Hello Mr. Weber,"),
        ("body", f"We pay it back at once:\n\n{QUOTE}"),
        ("body", f"{QUOTE}\n\nYou will have it by Friday, all right?"),
        ("body", f"{QUOTE}\n\nWe understand, and we have unlocked your workspace."),
        ("body", f"{QUOTE}\n\nNous avons déjà remboursé la somme."),
    ],
)
def test_a_promise_is_never_ours(part: str, text: str) -> None:
    """
    Promises, and what we have done, rest on nothing in any part, form or language.
    """
    more = {"body": QUOTE, part: text}
    ticket = a_drafted(more.pop("body"), a_passage(), **more)

    effects = {effect for issue in verify(ticket, VOICE).findings for effect in issue.effects}

    assert "failed" in effects


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


@given(
    st.lists(
        st.sampled_from(
            [
                QUOTE,
                "The money arrives 5 to 10 business days after the return was started [KB-1001].",
                "It is [KB-1001].",
                "Best regards,",
                "- ",
                "\n\n",
                "[KB-1001]",
                "Hello!",
            ]
        ),
        max_size=6,
    )
)
def test_the_same_draft_has_the_same_verdict(pieces: list[str]) -> None:
    """
    The verifier is a function of the ticket alone, and reads every word of a draft.
    """
    body = " ".join(pieces)
    ticket = a_drafted(body, a_passage(RETURN))

    once, again = verify(ticket, VOICE), verify(ticket, VOICE)

    assert once.sentences == again.sentences
    assert once.findings == again.findings
    inside = {n for s in once.sentences if s.part == "body" for n in range(s.start, s.end)}
    assert not "".join(c for n, c in enumerate(body) if n not in inside).strip()
