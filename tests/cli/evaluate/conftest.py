"""Draft cases on one article, as files have them, and what became of tickets."""

from __future__ import annotations

from typing import Any

import pytest

from schemas import DraftedTicket, ProcessedTicket
from streams.cli.evaluate.labelled_ticket import LabelledTicket, TicketLabels
from streams.cli.evaluate.ticket_outcome import TicketOutcome
from tests.support.command_line import processed
from tests.support.drafts import a_drafted, a_passage

Case = dict[str, Any]
PASSAGE = {
    "doc_id": "KB-1001",
    "title": "How a duplicate charge is returned",
    "text": "A duplicate charge is always returned in full. The money arrives 5 to 10 business days"
    " after the return was started.",
}


def a_case(body: str, **more: Any) -> Case:
    """Return a case whose draft says *body*; *more* replaces what is made up."""
    return {
        "kind": "made up",
        "must": "not passed",
        "ticket": {
            "raw_message": "We were charged twice. When is the duplicate charge returned?",
            "customer_name": "Dana Whitfield",
        },
        "passages": [PASSAGE],
        "answer": {
            "greeting": "Hello Dana,",
            "body": body,
            "closing": "Best regards,\nSupport Team",
        },
        **more,
    }


@pytest.fixture
def honest() -> Case:
    """Return a case whose draft is a sentence of its passage, word for word."""
    body = "A duplicate charge is always returned in full [KB-1001]."
    return a_case(body, id="honest-1", kind="honest", must="not failed")


@pytest.fixture
def wrong() -> Case:
    """Return a case whose draft has a number that no passage has."""
    return a_case("The money arrives within 95 minutes [KB-1001].", id="wrong-1", kind="number")


BODY = "A duplicate charge is returned in full [KB-1001]."


def an_outcome(body: str = BODY, verdict: str = "passed", **labels: Any) -> TicketOutcome:
    """Return what became of a ticket whose draft says *body*, with *labels*."""
    drafted: DraftedTicket = a_drafted(body, a_passage(), a_passage(doc_id="KB-2"))
    made = ProcessedTicket.model_validate_json(processed("T-1")).model_dump()
    made |= {"answer_draft": drafted.answer_draft, "citations": drafted.citations}
    made["policy_check"]["compliance"] = verdict
    labelled = LabelledTicket(drafted.ticket, TicketLabels(**labels))
    return TicketOutcome(labelled, drafted, ProcessedTicket(**made), 0.5)
