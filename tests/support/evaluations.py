"""Draft cases on one article, as files have them, and what became of tickets, for evaluations."""

from __future__ import annotations

from typing import Any

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


BODY = "A duplicate charge is returned in full [KB-1001]."


def an_outcome(body: str = BODY, verdict: str = "passed", **labels: Any) -> TicketOutcome:
    """Return what became of a ticket whose draft says *body*, with *labels*."""
    drafted: DraftedTicket = a_drafted(body, a_passage(), a_passage(doc_id="KB-2"))
    made = ProcessedTicket.model_validate_json(processed("T-1")).model_dump()
    made |= {"answer_draft": drafted.answer_draft, "citations": drafted.citations}
    made["policy_check"]["compliance"] = verdict
    labelled = LabelledTicket(drafted.ticket, TicketLabels(**labels))
    return TicketOutcome(labelled, drafted, ProcessedTicket(**made), 0.5)
