"""
A model writes: the body of a draft in its own words, each claim with the passage that says it.

It does so where the operator wants it, and where the customer's language is none of the passages'.
A sentence that copies a line becomes that line (`evidence/snapping.py`); whether a passage says
what the others say is for policy to judge. Citations of what was not found are told to the model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from schemas import GroundedTicket
from streams.backends.openai.given_ticket import (
    FEWER_PASSAGES,
    LONGEST,
    SHORTER,
    STAGE,
    given_ticket,
    hidden_of,
    payer_of,
)
from streams.backends.openai.model import LanguageModel
from streams.evidence.lines import PassageLines
from streams.evidence.snapping import snapped
from streams.off_loop import off_loop
from streams.ports import Choice, Draft
from streams.prompts import Prompt, filled
from streams.text.citations import alike, cited, in_our_form
from streams.text.placeholders import Placeholders

EXAMPLE_IDS = ("A§1", "B§2", "C§3")
"""Ids of the prompt's examples. No article can have one, and no citation."""


class _Said(BaseModel):
    """The form of the model's answer. A greeting that it adds, as models do, is left out."""

    model_config = ConfigDict(json_schema_extra={"additionalProperties": False})

    body: str
    tone: Literal["empathetic_professional", "formal", "casual"]
    unanswered: list[str]


class ProseWriter:
    """Has a model write."""

    def __init__(self, model: LanguageModel, prompt: Prompt, now: Callable[[], datetime]) -> None:
        """*now* says which day it is, for the model to read."""
        self._model = model
        self._prompt = filled(prompt)
        self._now = now

    async def write(self, ticket: GroundedTicket) -> Draft:
        """
        Return the model's body, which cites passages of *ticket* and nothing else.

        Raises:
            Unavailable, Refused, BadAnswer, BudgetSpent: As `LanguageModel.ask`.
        """
        found = {passage.doc_id for passage in ticket.passages}
        hidden, today = await off_loop(hidden_of, ticket), self._now()
        answer = await self._model.ask(
            STAGE,
            self._prompt,
            await off_loop(_data, ticket, hidden, LONGEST, len(ticket.passages), today),
            _Said,
            shorter=lambda: _data(ticket, hidden, SHORTER, FEWER_PASSAGES, today),
            faults=lambda said: list(_faults(said, found)),
            payer=payer_of(ticket),
        )
        said = answer.value
        left = (hidden.put_back(u.strip()) for u in said.unanswered if u.strip())
        body = hidden.put_back(in_our_form(said.body, found))
        return Draft(
            choices=tuple(Choice(question, ()) for question in left),
            prose=await off_loop(snapped, body, PassageLines(ticket.passages)),
            tone=said.tone,
            report=answer.report,
        )


def _faults(said: _Said, found: set[str]) -> Iterator[str]:
    """Yield what is wrong with *said*, in words for the model."""
    if not said.body.strip():
        yield "body is empty"
        return
    body = in_our_form(said.body, found)
    if parroted := [one for one in EXAMPLE_IDS if one in body]:
        yield f"body has {', '.join(parroted)}, which is of an example: answer from the passages"
    elif unknown := (set(cited(body)) - found) | alike(body, found):
        yield f"body cites {', '.join(sorted(unknown))}, which is not among the passages"
    elif not cited(body) and not said.unanswered:
        yield "body cites nothing, and unanswered is empty: cite as [DOC-ID], or say what is open"


def _data(
    ticket: GroundedTicket, hidden: Placeholders, longest: int, passages: int, today: datetime
) -> dict[str, Any]:
    """Return what the model reads: message, earlier public messages, passages."""
    return {
        **given_ticket(ticket, hidden, longest, today),
        "passages": [
            {"doc_id": p.doc_id, "title": p.title, "text": p.text}
            for p in ticket.passages[:passages]
        ],
    }
