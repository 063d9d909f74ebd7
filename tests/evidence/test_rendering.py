"""A draft from what a backend has chosen."""

from __future__ import annotations

from typing import Any

import pytest

from schemas import Line, PreviousMessage
from streams.evidence.rendering import render, tone_for
from streams.ports import Choice, Draft, LineRef
from tests.support.drafts import RETURN, VOICE, a_grounded, a_passage

CHOICE = Choice("When?", (LineRef("KB-1001", 1),))
DEUTSCH = "Eine doppelte Abbuchung wird immer vollständig an Sie zurückgezahlt."


def _findings(draft: Draft, *passages: Any, **ticket: Any) -> list[str]:
    return [f.type for f in render(a_grounded(*passages, **ticket), draft, VOICE).findings]


def test_an_answer() -> None:
    """
    Greeting, body and closing in the voice of the language, the tone of the draft, and the lines.
    """
    made = render(a_grounded(a_passage()), Draft((CHOICE,), tone="formal"), VOICE)

    assert (made.answer.greeting, made.answer.tone) == ("Dear John,", "formal")
    assert made.answer.closing == "Kind regards,\nSupport Team"
    assert made.lines == CHOICE.lines
    assert made.used == {"KB-1001-c-1"}
    assert (made.unanswered, made.findings) == ((), ())


def test_prose_is_taken_as_it_is() -> None:
    """
    A model's own words stand between our greeting and our closing; what it left open is said.
    """
    draft = Draft((Choice("Why?", ()),), prose="It is returned [KB-1001].")

    made = render(a_grounded(a_passage()), draft, VOICE)

    assert made.answer.body == "It is returned [KB-1001]."
    assert (made.answer.greeting, made.unanswered, made.findings) == ("Hi John,", ("Why?",), ())


@pytest.mark.parametrize("draft", [Draft((Choice("When?", ()),)), Draft(prose="We look at it.")])
def test_a_draft_that_answers_nothing_says_so(draft: Draft) -> None:
    """
    Whoever reads it need not look for an answer.
    """
    assert _findings(draft, a_passage()) == ["holding_answer"]


def test_an_answer_that_was_had_before_says_so() -> None:
    """
    That is another finding than that there is no answer.
    """
    earlier = (PreviousMessage(role="agent", text=RETURN),)

    assert _findings(Draft((CHOICE,)), a_passage(), ticket={"previous_messages": earlier}) == [
        "answered_before"
    ]


@pytest.mark.parametrize("kind", ["thanks", "auto_reply", "empty"])
def test_what_asks_nothing_is_answered_by_a_phrase(kind: str) -> None:
    """
    No line stands there, whatever was chosen, and nothing counts as unanswered.
    """
    made = render(a_grounded(a_passage(), kind=kind), Draft((CHOICE,)), VOICE)

    assert made.answer.body in VOICE.speaking("en").without_question(kind)
    assert (made.lines, made.unanswered, made.findings) == ((), (), ())
    assert made.answer.greeting == ("Hello," if kind == "auto_reply" else "Hi John,")


def test_a_later_reply_has_no_greeting() -> None:
    """
    A bot's receipt is no reply before it.
    """

    def greeting(role: str) -> str:
        said = (PreviousMessage(role=role, text="We have it."),)
        ticket = a_grounded(a_passage(), ticket={"previous_messages": said})
        return render(ticket, Draft((CHOICE,)), VOICE).answer.greeting

    assert (greeting("agent"), greeting("bot"), greeting("customer")) == (
        "",
        "Hi John,",
        "Hi John,",
    )


@pytest.mark.parametrize(
    ("spoken", "text", "locale", "found"),
    [
        ("en", RETURN, None, []),
        ("en-GB", RETURN, "en-US", []),
        ("und", DEUTSCH, "de", []),
        ("de", DEUTSCH, None, []),
        ("de-AT", DEUTSCH, "de", []),
        ("de", RETURN, None, ["language_mismatch"]),
        ("de", RETURN, "en", ["language_mismatch"]),
        ("en", DEUTSCH, None, ["language_mismatch"]),
        ("ja", RETURN, None, ["language_mismatch"]),
    ],
)
def test_other_languages(spoken: str, text: str, locale: str | None, found: list[str]) -> None:
    """
    Lines or phrases that are not in the customer's language are told.
    """
    passage = a_passage(text, locale=locale)

    assert _findings(Draft((CHOICE,)), passage, language=spoken) == found


def test_a_brand_speaks_for_itself() -> None:
    """
    The ticket's brand decides whose phrases they are; one that nobody knows is none.
    """
    ticket = a_grounded(a_passage(), ticket={"brand": "Nobody"})

    assert render(ticket, Draft((CHOICE,)), VOICE).answer.closing == "Best regards,\nSupport Team"


def test_the_customers_words_are_not_repeated() -> None:
    """
    A question is called by its number, not by what it says.
    """
    choices = (Choice("Is my SECRET safe?", CHOICE.lines), Choice("Is it FREE?", ()))

    made = render(a_grounded(a_passage(lines=(Line(n=1, text="So."),))), Draft(choices), VOICE)

    assert "SECRET" not in made.answer.body
    assert "FREE" not in made.answer.body
    assert made.unanswered == ("Is it FREE?",)


@pytest.mark.parametrize(
    ("sentiment", "signals", "kind", "tone"),
    [
        ("neutral", (), "question", "empathetic_professional"),
        ("frustrated", (), "question", "empathetic_professional"),
        ("satisfied", (), "question", "casual"),
        ("neutral", (), "thanks", "casual"),
        ("satisfied", ("legal_threat",), "question", "formal"),
    ],
)
def test_tone(sentiment: str, signals: tuple[str, ...], kind: str, tone: str) -> None:
    """
    The tone follows the sentiment; a threat of legal action makes it formal.
    """
    ticket = a_grounded(triage={"sentiment": sentiment}, signals=signals, kind=kind)

    assert tone_for(ticket) == tone
