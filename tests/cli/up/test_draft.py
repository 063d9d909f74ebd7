"""Which draft is shown whole, and how."""

from __future__ import annotations

from rich.console import Console

from schemas import IncomingTicket, ProcessedTicket
from schemas.processed import Assist
from streams.cli.up import draft
from tests.support.command_line import processed

ASKED = IncomingTicket(
    ticket_id="T-1",
    customer_name="Ada\x1b[2J",
    raw_message="<p>How do I get " + "a very long way " * 40 + "there?</p>",
    body_format="html",
)


def a_ticket(name: str = "John", language: str = "en", **more: object) -> ProcessedTicket:
    """Return a passed ticket of a customer with this *name*."""
    given = ProcessedTicket.model_validate_json(processed("T-1"))
    letter = given.answer_draft.model_copy(update={"greeting": f"Hi {name},"})
    return given.model_copy(
        update={"answer_draft": letter, "assist": Assist(language=language), **more}
    )


def test_the_best_draft() -> None:
    """
    One that is passed is better than one that is not, then English, then Latin letters, then
    the one whose sources are surer.
    """
    passed = a_ticket()
    objected = passed.policy_check.model_copy(update={"issues": ("The priority is P1.",)})
    (source,) = passed.citations
    unsure = source.model_copy(update={"score": 0.2})
    worse = [
        a_ticket(citations=(source, unsure)),
        a_ticket("يوسف"),
        a_ticket(language="de"),
        a_ticket(policy_check=objected),
    ]

    ranked = sorted([*worse, passed], key=draft.worth, reverse=True)
    assert ranked == [passed, *worse]


def test_under_its_question() -> None:
    """
    The customer's own words come first, without markup and shortened; the answer and its source
    follow; the terminal obeys none of it.
    """
    console = Console(width=80, record=True)
    with console.capture() as seen:
        console.print(draft.shown(a_ticket(), ASKED, 80))
    text = seen.get()

    asked, answer, source = (text.index(it) for it in ("How do I", "I understand", "[KB-1234] "))
    assert asked < answer < source
    assert " …" in text[:answer]
    assert "there?" not in text
    assert "<p>" not in text
    assert "\x1b[2J" not in text
    assert "passed: answered by KB-1234" in text
    assert max(map(len, text.splitlines())) == 80
