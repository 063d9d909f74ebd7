"""What the embedded writer makes of passages: quotes, and few words of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest

from schemas import DraftedTicket, GroundedTicket, PreviousMessage
from streams.backends.embedded.writer import EmbeddedWriter
from streams.drafting import draft
from streams.text.citations import cited, uncited
from streams.text.sentences import split
from tests.support.drafts import CARD, RETURN, VOICE, a_grounded, a_passage


async def _body(*texts: str, queries: Sequence[str] = (), **more: Any) -> str:
    passages = [a_passage(text, f"KB-{n}") for n, text in enumerate(texts, start=1)]
    return (await _made(a_grounded(*passages, queries=queries, **more))).answer_draft.body


async def _made(ticket: GroundedTicket) -> DraftedTicket:
    return await draft(ticket, writer=EmbeddedWriter(), voice=VOICE)


async def test_quotes_are_verbatim() -> None:
    """
    A cited sentence stands word for word in the passage that it cites.
    """
    body = await _body(RETURN, CARD, queries=["duplicate charge return", "replace the card"])

    for line in body.split("\n"):
        for sentence in split(line):
            if ids := cited(sentence):
                source = RETURN if ids == ("KB-1",) else CARD
                assert re.sub(r"^\d\. ", "", uncited(sentence)).strip() in source


async def test_a_procedure_stays_whole_and_numbered() -> None:
    """
    The steps of a procedure come one a line, all of them, in order, with their numbers.
    """
    body = await _body(CARD, text="How do I replace the card?")

    assert re.findall(r"^(\d)\. ", body, re.M) == ["1", "2", "3"]


async def test_a_procedure_over_two_passages() -> None:
    """
    Steps that a passage's end cuts are joined with the next passage's, or left out.
    """
    first, rest = CARD[: CARD.index("\n3.")], "Pay now\n\n" + CARD[CARD.index("3.") :]
    both = a_grounded(
        a_passage(first, "KB-1002", 1), a_passage(rest, "KB-1002", 2), text="Replace the card?"
    )
    late = a_grounded(a_passage(rest, "KB-1002", 2), text="Replace the card?")

    whole = (await _made(both)).answer_draft.body
    part = (await _made(late)).answer_draft.body

    assert re.findall(r"^(\d)\. ", whole, re.M) == ["1", "2", "3"]
    assert "3-D Secure" not in part


async def test_nothing_is_said_twice() -> None:
    """
    A sentence that answers two problems stands once.
    """
    body = await _body(RETURN, queries=["duplicate charge", "duplicate charge return"])

    assert body.count("always returned in full") == 1


async def test_two_problems_one_answered() -> None:
    """
    What the passages do not answer is listed, and said in one sentence that cites nothing.
    """
    problems = ("When is a duplicate charge returned?", "Does the oven bake sourdough bread?")

    written = await _made(a_grounded(a_passage(), queries=problems))

    assert written.unanswered == problems[1:]
    assert "[KB-1001]" in written.answer_draft.body
    assert cited(written.answer_draft.body.split("\n\n")[-1]) == ()


async def test_the_named_error_code_wins() -> None:
    """
    Of several error codes, the one that the customer names is explained.
    """
    text = (
        "- LK-PAY-01: your bank declined the card.\n"
        "- LK-PAY-02: the 3-D Secure check was not completed.\n"
        "- LK-PAY-03: the card has expired."
    )

    body = await _body(text, text="I pay by card and my bank shows LK-PAY-02, what is that?")

    assert "LK-PAY-02" in body
    assert "LK-PAY-03" not in body


CODES = (
    "Code: LK-500; Meaning: Unexpected error on our side; What you can do: Try again\n"
    "Code: LK-503; Meaning: Under maintenance; What you can do: Look at the status page\n"
    "- LK-IMP-… are import errors.\n"
    "- LK-PAY-… are payment errors."
)


@pytest.mark.parametrize(
    "question",
    [
        "What does error LK-999 mean?",
        "What does error lk-999 mean?",
        "Error LK-1000 appears. What is it?",
        "What does error 1000 mean?",
        "What is E-4711?",
    ],
)
async def test_an_unknown_error_code_is_not_explained_by_others(question: str) -> None:
    """
    What a passage says of other error codes is no answer.
    """
    written = await _made(a_grounded(a_passage(CODES), text=question))

    assert written.unanswered
    assert cited(written.answer_draft.body) == ()


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("What does error LK-503 mean?", "LK-503"),
        ("What does error 503 mean?", "LK-503"),
        ("What does lk-503 mean?", "LK-503"),
        ("How do I fix error LK-IMP-77?", "LK-IMP-…"),
    ],
)
async def test_a_known_error_code_is_explained(question: str, says: str) -> None:
    """
    A code is known by itself, by its number, and by its family, in capitals or not.
    """
    body = await _body(CODES, text=question)

    assert set(re.findall(r"LK-[\w…-]+", body)) == {says}


RESTORE = (
    "Deleted boards, tasks, comments and files go to the trash and can be restored from there.\n"
    "Plan: Free; Items stay in the trash for: 7 days\n"
    "Plan: Business; Items stay in the trash for: 60 days\n"
    "A deleted board can be restored by the person who deleted it and by owners and admins."
)


async def test_the_row_that_decides_is_quoted() -> None:
    """
    Where the question names a time, the table of times is quoted: of the plan that it names, or
    whole.
    """
    asked = "Please restore my board, I am on Business and deleted it 61 days ago."

    body = await _body(RESTORE, text=asked)
    whole = await _body(RESTORE, text=asked.replace("I am on Business and", "I"))

    assert ("60 days" in body, "7 days" in body) == (True, False)
    assert ("60 days" in whole, "7 days" in whole) == (True, True)


async def test_a_table_is_not_quoted_where_no_number_is_asked_for() -> None:
    """
    Who asks who may restore a board gets no table of times.
    """
    assert "60 days" not in await _body(RESTORE, text="Can admins restore my deleted board?")


async def test_cached_by_what_was_read() -> None:
    """
    A changed article is quoted as it is now.
    """
    await _body(RETURN)

    assert "returned in half" in await _body(RETURN.replace("in full", "in half"))


@pytest.mark.parametrize(
    ("kind", "says"), [("thanks", "welcome"), ("auto_reply", "automatic"), ("empty", "?")]
)
async def test_kinds_that_ask_nothing(kind: str, says: str) -> None:
    """
    Thanks are returned, automatic messages need no answer, and empty ones are asked back;
    none of it cites anything, even if there were passages.
    """
    written = await _made(a_grounded(a_passage(), kind=kind))

    assert says in written.answer_draft.body
    assert cited(written.answer_draft.body) == ()


@pytest.mark.parametrize(
    ("sentiment", "signals", "tone"),
    [
        ("neutral", (), "empathetic_professional"),
        ("frustrated", (), "empathetic_professional"),
        ("satisfied", (), "casual"),
        ("frustrated", ("legal_threat",), "formal"),
    ],
)
async def test_tone(sentiment: str, signals: tuple[str, ...], tone: str) -> None:
    """
    The tone follows the sentiment; a threat of legal action makes it formal.
    """
    ticket = a_grounded(a_passage(), triage={"sentiment": sentiment}, signals=signals)

    assert (await _made(ticket)).answer_draft.tone == tone


async def test_empathy_is_for_the_frustrated() -> None:
    """
    A frustrated customer reads a phrase of empathy, another one does not.
    """
    angry = a_grounded(a_passage(), triage={"sentiment": "frustrated"})
    bodies = [(await _made(one)).answer_draft.body for one in (angry, a_grounded(a_passage()))]

    felt = [any(phrase in body for phrase in VOICE.speaking("en").empathy) for body in bodies]

    assert felt == [True, False]


@pytest.mark.parametrize(("language", "found"), [("de", 1), ("en", 0), ("en-GB", 0), ("und", 0)])
async def test_language_mismatch(language: str, found: int) -> None:
    """
    An English draft for somebody who wrote another language says so.
    """
    written = await _made(a_grounded(a_passage(), language=language))

    assert [f.type for f in written.meta.findings].count("language_mismatch") == found


async def test_internal_messages_are_not_quoted() -> None:
    """
    Nothing of an internal note gets into the draft.
    """
    note = PreviousMessage(role="agent", visibility="internal", text="Refund approved by Kim.")
    ticket = a_grounded(a_passage(), ticket={"previous_messages": (note,)})

    assert "Kim" not in (await _made(ticket)).answer_draft.body
