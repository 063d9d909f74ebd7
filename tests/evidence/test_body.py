"""The body of a draft, question by question."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas import IncomingTicket, Line, PreviousMessage
from streams.evidence.body import MOST_CHARACTERS, MOST_LINES, Body, body_of
from streams.evidence.lines import PassageLines
from streams.evidence.thread import Thread
from streams.ports import Choice, LineRef
from streams.text.citations import cited, uncited
from tests.support.drafts import VOICE, a_passage

SPEECH = VOICE.speaking("en")
LINES = (
    Line(n=1, text="A charge is returned in full.", headings=("Charges",)),
    Line(n=2, text="It takes 5 days.", headings=("Charges",), needs=(1,)),
    Line(n=3, kind="step", number=1, text="Sign in.", headings=("Card",)),
    Line(n=4, kind="step", number=2, text="Select Replace card.", headings=("Card",), needs=(3,)),
    Line(n=5, text="This is for machines.", quotable=False),
    Line(n=6, text="It needs what is not here.", needs=(99,)),
)
LINK = "https://help.larkspur.example/billing/duplicate-charge"


def _body(
    *chosen: tuple[int, ...],
    lines: tuple[Line, ...] = LINES,
    earlier: str | None = None,
    sentiment: str = "neutral",
    **passage: Any,
) -> Body:
    found = PassageLines([a_passage(doc_id="KB-1", lines=lines, **passage)])
    said = (PreviousMessage(role="agent", text=earlier),) if earlier is not None else ()
    ticket = IncomingTicket(ticket_id="T-1", raw_message="Hm.", previous_messages=said)
    choices = [
        Choice(f"Q{n}", tuple(LineRef("KB-1", one) for one in some))
        for n, some in enumerate(chosen, 1)
    ]
    return body_of(choices, found, Thread(ticket), SPEECH, sentiment)


def test_one_question() -> None:
    """
    Thanks, an introduction, and the lines with what they need.
    """
    body = _body((2,))

    thanks, said = body.text.split("\n\n")
    assert any(thanks.startswith(phrase) for phrase in SPEECH.opening("neutral"))
    assert any(thanks.endswith(phrase) for phrase in SPEECH.introductions)
    assert said == "A charge is returned in full [KB-1]. It takes 5 days [KB-1]."
    assert [ref.n for ref in body.lines] == [1, 2]


def test_several_questions() -> None:
    """
    Each is called by its number, in order: those that are answered, those that are answered
    above, and those that a colleague looks at.
    """
    body = _body((1,), (), (1,), (4,))

    assert body.text.split("\n\n")[1:] == [
        "On your first question:\nA charge is returned in full [KB-1].",
        "A colleague will look at your second question.",
        "For your third question, please see above.",
        "On your fourth question:\n1. Sign in [KB-1].\n2. Select Replace card [KB-1].",
    ]
    assert body.unanswered == ("Q2",)


def test_more_questions_than_can_be_called() -> None:
    """
    Beyond the eighth, all others are left to a colleague.
    """
    body = _body((1,), *[()] * 8, (4,))

    assert body.text.endswith("A colleague will look at your other questions.")
    assert body.unanswered == tuple(f"Q{n}" for n in range(2, 11))


def test_a_procedure_comes_whole() -> None:
    """
    Its first step brings the others, whichever of them was chosen.
    """
    assert _body((3,)).text.endswith("1. Sign in [KB-1].\n2. Select Replace card [KB-1].")
    assert _body((4,)).lines == _body((3,)).lines


def test_what_cannot_stand_is_no_answer() -> None:
    """
    Neither what may not be quoted, nor what needs a line that is not there.
    """
    for chosen in ((5,), (6,), (77,)):
        body = _body(chosen)
        assert (cited(body.text), body.lines, body.unanswered) == ((), (), ("Q1",))
        assert any(body.text.endswith(phrase) for phrase in SPEECH.holding)


def test_a_later_reply_has_no_thanks_and_no_line_twice() -> None:
    """
    What an earlier reply had is left out; what it had not is said.
    """
    body = _body((1, 4), earlier="Hi! A charge is returned in full [KB-1].")

    assert "in full" not in body.text
    assert "Select Replace card" in body.text
    assert not any(phrase in body.text for phrase in SPEECH.opening("neutral"))
    assert not body.answered_before


def test_an_answer_that_was_had_already() -> None:
    """
    Where nothing else answers, the draft says it again to nobody, and says so.
    """
    body = _body((1,), earlier="A charge is returned in full.")

    assert body.answered_before
    assert body.text in SPEECH.answered_before
    assert (body.lines, body.unanswered) == ((), ("Q1",))


def test_empathy_is_never_the_same() -> None:
    """
    A frustrated customer who writes again reads another phrase.
    """
    first = _body((1,), sentiment="frustrated").text
    second = _body((3,), sentiment="frustrated", earlier=first).text

    used = [[p for p in SPEECH.empathy if p in text] for text in (first, second)]
    assert [len(some) for some in used] == [1, 1]
    assert used[0] != used[1]


def _long(steps: int) -> tuple[Line, ...]:
    return tuple(
        Line(n=n, kind="step", number=n, text=f"Select item {n}.", needs=tuple(range(1, n)))
        for n in range(1, steps + 1)
    )


def test_a_procedure_that_is_too_long() -> None:
    """
    It is named by its article's title and link, and is not cut.
    """
    title = "How a duplicate charge is returned"

    body = _body((13,), lines=_long(13))

    assert body.text.endswith(f"You can find all the steps in our article “{title}”: {LINK} [KB-1]")
    assert (body.lines, body.unanswered) == ((), ())
    assert f"our article “{title}” [KB-1]." in _body((13,), lines=_long(13), url="").text
    assert len(_body((12,), lines=_long(12)).lines) == MOST_LINES


def test_an_article_that_cannot_be_named() -> None:
    """
    A title that reads as a citation, or a link that is none, is not put into a draft.
    """
    for odd in ({"title": "[KB-9] Steps"}, {"url": "javascript:alert(1)"}):
        body = _body((13,), lines=_long(13), **odd)
        assert cited(body.text) == ()
        assert body.unanswered == ("Q1",)


def test_the_same_words_of_two_articles_stand_once() -> None:
    """
    A line is the same whichever article has it.
    """
    said = Line(n=1, text="A charge is returned in full.")
    found = PassageLines([a_passage(doc_id=name, lines=(said,)) for name in ("KB-1", "KB-2")])
    choice = Choice("Q1", tuple(found))
    ticket = IncomingTicket(ticket_id="T-1", raw_message="Hm.")

    body = body_of([choice], found, Thread(ticket), SPEECH, "neutral")

    assert body.text.count("returned in full") == 1


_TEXTS = st.sampled_from(
    ["It is so.", "Do it:", "Word " * 30, "x" * 700, "Say no", "A; b: c", "It!"]
)
_KINDS = st.sampled_from(["sentence", "item", "row", "code"])


@st.composite
def _articles(draw: st.DrawFn) -> tuple[Line, ...]:
    count = draw(st.integers(1, 25))
    return tuple(
        Line(
            n=n,
            kind=draw(_KINDS),
            text=f"{n}{draw(_TEXTS)}",
            headings=draw(st.sampled_from([("A",), ("B", "If so"), ()])),
            conditions=draw(st.sampled_from([(), ("If so",)])),
            needs=draw(st.lists(st.integers(1, n - 1), max_size=2).map(tuple)) if n > 1 else (),
            quotable=draw(st.sampled_from([True, True, True, False])),
        )
        for n in range(1, count + 1)
    )


@given(_articles(), st.lists(st.lists(st.integers(1, 25), max_size=12), min_size=1, max_size=10))
def test_any_choice(lines: tuple[Line, ...], chosen: list[list[int]]) -> None:
    """
    Whatever is chosen: no more lines and characters than a mail has, none twice, each word for
    word but for the mark at its end, each with what it needs.
    """
    body = _body(*map(tuple, chosen), lines=lines)

    by_number = {line.n: line for line in lines}
    numbers = [ref.n for ref in body.lines]
    plain = re.sub(r"\s+", " ", uncited(body.text))
    assert len(body.text) <= MOST_CHARACTERS
    assert len(numbers) == len(set(numbers)) <= MOST_LINES
    assert all(" ".join(by_number[n].text.split()).rstrip(".!:") in plain for n in numbers)
    assert all(need in numbers for n in numbers for need in by_number[n].needs)
    assert all(by_number[n].quotable for n in numbers)
    assert (cited(body.text) == ()) == (not numbers)
