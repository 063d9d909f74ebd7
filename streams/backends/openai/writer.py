"""
Drafts by a language model: a ticket with its passages in, a `Draft` out.

Each citation is checked against the passages before anybody sees the draft; whether a
passage says what the draft says is for policy to judge. Without passages, and where nothing
was asked, the embedded writer's words are as good and cost nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from schemas import AnswerDraft, Finding, GroundedTicket, StageReport
from streams import prompts
from streams.backends.openai.model import LanguageModel
from streams.ports import Draft, Writer
from streams.text.citations import alike, cited, in_our_form

STAGE = "drafting"
LONGEST, SHORTER = 16_000, 4_000
"""Characters of a message that the model reads, and reads at a second try."""
MOST_EARLIER, EARLIER_LONGEST = 6, 2_000
"""Earlier messages, the latest ones, and characters of each."""
FEWER_PASSAGES = 2
"""Passages, the best ones, at a second try."""
HOLDING = Finding(type="holding_answer", message="The draft answers nothing and cites nothing.")


class _Answer(BaseModel):
    """The form of the model's answer."""

    model_config = ConfigDict(extra="forbid")

    greeting: str
    body: str
    closing: str
    tone: Literal["empathetic_professional", "formal", "casual"]
    unanswered: list[str]


class OpenAIWriter:
    """A `Writer` that asks a language model."""

    name = LanguageModel.name

    def __init__(self, model: LanguageModel, embedded: Writer) -> None:
        """*embedded* writes where there is nothing to write from."""
        self._model = model
        self._embedded = embedded

    async def write(self, ticket: GroundedTicket) -> Draft:
        """
        Return the model's answer, which cites passages of *ticket* and nothing else.

        Raises:
            Unavailable, Refused, BadAnswer: As `LanguageModel.ask`.
        """
        if not ticket.reading.asks or not ticket.passages:
            report = StageReport(backend=self._embedded.name)
            return replace(await self._embedded.write(ticket), report=report)
        found = {passage.doc_id for passage in ticket.passages}
        answer = await self._model.ask(
            STAGE,
            prompts.load(STAGE),
            _data(ticket, LONGEST, len(ticket.passages)),
            _Answer,
            shorter=lambda: _data(ticket, SHORTER, FEWER_PASSAGES),
            faults=lambda said: _faults(said, found),
        )
        said = answer.value
        body = in_our_form(said.body, found)
        ids = set(cited(body))
        return Draft(
            answer=AnswerDraft(
                greeting=said.greeting, body=body, closing=said.closing, tone=said.tone
            ),
            cited=tuple(p for p in ticket.passages if p.doc_id in ids),
            unanswered=tuple(u.strip() for u in said.unanswered if u.strip()),
            findings=() if ids else (HOLDING,),
            report=answer.report,
        )


def _faults(said: _Answer, found: set[str]) -> str | None:
    """Return what is wrong with *said*, in words for the model; None if nothing is."""
    if not said.body.strip():
        return "body is empty"
    body = in_our_form(said.body, found)
    if unknown := (set(cited(body)) - found) | alike(body, found):
        return f"body cites {', '.join(sorted(unknown))}, which is not among the passages"
    if not cited(body) and len(said.unanswered) == 0:
        return "body cites nothing, and unanswered is empty: cite as [DOC-ID], or say what is open"
    return None


def _data(ticket: GroundedTicket, longest: int, passages: int) -> dict[str, Any]:
    """Return what the model is given to read: no address, and of the names only the first."""
    incoming, reading = ticket.ticket, ticket.reading
    return {
        "ticket": {
            "subject": incoming.subject,
            "text": reading.text[:longest],
            "language": reading.language,
            "customer_name": incoming.customer_name,
            "category": ticket.triage.category,
            "sentiment": ticket.triage.sentiment,
            "earlier": [
                {"role": m.role, "kind": m.visibility, "text": m.text[:EARLIER_LONGEST]}
                for m in incoming.previous_messages[-MOST_EARLIER:]
            ],
        },
        "passages": [
            {"doc_id": p.doc_id, "title": p.title, "text": p.text}
            for p in ticket.passages[:passages]
        ],
    }
