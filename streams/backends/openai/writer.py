"""
Drafts by a language model: makes a `Draft` from a ticket and its passages.

Each citation is checked against the passages before anybody sees the draft; whether a
passage says what the draft says is for policy to judge. Greeting and closing are not the model's.
Without passages, and where nothing was asked, the embedded writer is as good and costs nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from schemas import GroundedTicket, StageReport
from schemas.ticket import PreviousMessage
from streams.backends.openai.model import LanguageModel
from streams.backends.spending_limit import Payer
from streams.off_loop import off_loop
from streams.ports import Choice, Draft, Writer
from streams.prompts import Prompt, filled
from streams.text.citations import alike, cited, in_our_form
from streams.text.language import language_tag
from streams.text.placeholders import Placeholders

STAGE = "drafting"
LONGEST_SUBJECT = 1_000
LONGEST, SHORTER = 16_000, 4_000
"""Characters of a message that the model reads, and reads at a second try."""
MOST_EARLIER, EARLIER_LONGEST = 6, 2_000
"""Earlier messages, the latest ones, and characters of each."""
ROLES = frozenset(("customer", "agent", "bot", "system"))
"""Roles of earlier messages that the model is told; any other is "other"."""
FEWER_PASSAGES = 2
"""Passages, the best ones, at a second try."""


class _Said(BaseModel):
    """The form of the model's answer. A greeting that it adds, as models do, is left out."""

    model_config = ConfigDict(json_schema_extra={"additionalProperties": False})

    body: str
    tone: Literal["empathetic_professional", "formal", "casual"]
    unanswered: list[str]


class OpenAIWriter:
    """A `Writer` that asks a language model."""

    name = LanguageModel.name

    def __init__(self, model: LanguageModel, embedded: Writer, prompt: Prompt) -> None:
        """*embedded* writes where there is nothing to write from."""
        self._model = model
        self._embedded = embedded
        self._prompt = filled(prompt)

    async def write(self, ticket: GroundedTicket) -> Draft:
        """
        Return the model's answer, which cites passages of *ticket* and nothing else.

        Raises:
            Unavailable, Refused, BadAnswer, BudgetSpent: As `LanguageModel.ask`.
        """
        if not ticket.reading.asks or not ticket.passages:
            report = StageReport(backend=self._embedded.name)
            return replace(await self._embedded.write(ticket), report=report)
        found = {passage.doc_id for passage in ticket.passages}
        address = ticket.ticket.customer_email
        hidden = await off_loop(Placeholders, address, parts=_parts(ticket))
        answer = await self._model.ask(
            STAGE,
            self._prompt,
            await off_loop(_data, ticket, hidden, LONGEST, len(ticket.passages)),
            _Said,
            shorter=lambda: _data(ticket, hidden, SHORTER, FEWER_PASSAGES),
            faults=lambda said: _faults(said, found),
            payer=_payer(ticket),
        )
        said = answer.value
        left = (hidden.put_back(u.strip()) for u in said.unanswered if u.strip())
        return Draft(
            choices=tuple(Choice(question, ()) for question in left),
            prose=hidden.put_back(in_our_form(said.body, found)),
            tone=said.tone,
            report=answer.report,
        )


def _payer(ticket: GroundedTicket) -> Payer:
    """Return who pays, and what the stages before this one have paid for the same message."""
    paid = {stage: report.cost_usd for stage, report in ticket.meta.stages.items()}
    return Payer(ticket.ticket.tenant, ticket.ticket.ticket_id, STAGE, paid)


def _faults(said: _Said, found: set[str]) -> str | None:
    """Return what is wrong with *said*, in words for the model; None if nothing is."""
    if not said.body.strip():
        return "body is empty"
    body = in_our_form(said.body, found)
    if unknown := (set(cited(body)) - found) | alike(body, found):
        return f"body cites {', '.join(sorted(unknown))}, which is not among the passages"
    if not cited(body) and len(said.unanswered) == 0:
        return "body cites nothing, and unanswered is empty: cite as [DOC-ID], or say what is open"
    return None


def _data(
    ticket: GroundedTicket, hidden: Placeholders, longest: int, passages: int
) -> dict[str, Any]:
    """
    Return what the model is given to read: message, earlier public messages, passages.

    Secrets, e-mail addresses and telephone numbers in messages are behind placeholders. Name,
    address, internal notes, attachments and metadata are not its business.
    """
    incoming, reading = ticket.ticket, ticket.reading
    return {
        "ticket": {
            "subject": hidden.hide(incoming.subject or "", longest=LONGEST_SUBJECT) or None,
            "text": hidden.hide(reading.text, longest=longest),
            "language": language_tag(reading.language),
            "category": ticket.triage.category,
            "sentiment": ticket.triage.sentiment,
            "earlier": [_earlier(message, hidden) for message in _seen(ticket)],
        },
        "passages": [
            {"doc_id": p.doc_id, "title": p.title, "text": p.text}
            for p in ticket.passages[:passages]
        ],
    }


def _seen(ticket: GroundedTicket) -> list[PreviousMessage]:
    """Return the earlier messages that the model reads."""
    public = [m for m in ticket.ticket.previous_messages if m.visibility == "public"]
    return public[-MOST_EARLIER:]


def _parts(ticket: GroundedTicket) -> list[str | None]:
    """Return all texts of people that the model reads."""
    return [ticket.ticket.subject, ticket.reading.text, *(m.text for m in _seen(ticket))]


def _earlier(message: PreviousMessage, hidden: Placeholders) -> dict[str, str]:
    role = message.role.lower()
    text = hidden.hide(message.text, longest=EARLIER_LONGEST, own=role == "customer")
    return {"role": role if role in ROLES else "other", "text": text}
