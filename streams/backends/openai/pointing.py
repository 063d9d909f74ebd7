"""
A model points: it chooses, for each question of a ticket, the lines that answer it.

In: the ticket with its passages. Out: the lines, in the articles' order, and whether a decoy was
among them. Of what the model says, nothing else is used.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas import GroundedTicket, Passage, StageReport
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
from streams.backends.openai.offer import Offer, offer_of
from streams.backends.openai.pointing_answer import QUESTIONS, PointingAnswer
from streams.backends.spending_limit import Payer
from streams.evidence.asked import questions_of
from streams.evidence.lines import PassageLines, language_of
from streams.off_loop import off_loop
from streams.ports import Choice
from streams.prompts import Prompt, filled
from streams.text.placeholders import Placeholders

LONGEST_QUESTION = 1_000
"""Characters of a question that the model reads beside the message."""


@dataclass(frozen=True)
class Pointed:
    """What a model chose."""

    choices: tuple[Choice, ...]
    """One for each question, in order."""
    decoys: int
    """Codes of decoys that it named. With one of them, its choices are worth nothing."""
    report: StageReport


class Pointer:
    """Has a model choose lines."""

    def __init__(self, model: LanguageModel, prompt: Prompt, now: Callable[[], datetime]) -> None:
        """*now* says which day it is, for the model to read."""
        self._model = model
        self._prompt = filled(prompt)
        self._now = now

    async def point(self, ticket: GroundedTicket) -> Pointed:
        """
        Return the model's choice for *ticket*.

        Raises:
            Unavailable, Refused, BadAnswer, BudgetSpent: As `LanguageModel.ask`.
        """
        return await self._pointed(ticket, STAGE, payer_of(ticket))

    async def examined(self, ticket: GroundedTicket) -> Pointed:
        """Return the same for a ticket that nobody sent; the day pays for it."""
        return await self._pointed(ticket, "check", None)

    async def _pointed(self, ticket: GroundedTicket, stage: str, payer: Payer | None) -> Pointed:
        asked = await off_loop(_Asked, ticket, self._now())
        answer = await self._model.ask(
            stage,
            self._prompt,
            await off_loop(asked.data, LONGEST, len(ticket.passages)),
            PointingAnswer,
            shorter=lambda: asked.data(SHORTER, FEWER_PASSAGES),
            faults=asked.faults,
            payer=payer,
        )
        return asked.pointed(answer.value, answer.report)


class _Asked:
    """What a model is asked about a ticket, and how its answer is read."""

    def __init__(self, ticket: GroundedTicket, today: datetime) -> None:
        self._ticket = ticket
        self._today = today
        self._questions = questions_of(ticket.reading)[: len(QUESTIONS)]
        self._hidden: Placeholders = hidden_of(ticket, *self._questions)
        self._offer: Offer

    def data(self, longest: int, passages: int) -> str:
        """Return lines, ticket and questions, with less of them at a second try."""
        self._offer = self._offered(self._ticket.passages[:passages])
        given = given_ticket(self._ticket, self._hidden, longest, self._today)
        asked = [self._hidden.hide_again(q, longest=LONGEST_QUESTION) for q in self._questions]
        given["questions"] = dict(zip(QUESTIONS, asked, strict=False))
        return f"Lines:\n\n{self._offer.text}\n\n{json.dumps(given, ensure_ascii=False)}"

    def faults(self, answer: PointingAnswer) -> Sequence[str]:
        """Return what is to be mended. Who picks a decoy gets no second try."""
        if self._decoys(answer):
            return ()
        known = self._offer.decoys | self._offer.lines.keys()
        return answer.faults(len(self._questions), known)

    def pointed(self, answer: PointingAnswer, report: StageReport) -> Pointed:
        """Return what *answer* chooses."""
        codes = answer.codes()
        choices = (
            Choice(question, self._offer.chosen(codes.get(name, ())))
            for name, question in zip(QUESTIONS, self._questions, strict=False)
        )
        return Pointed(tuple(choices), self._decoys(answer), report)

    def _decoys(self, answer: PointingAnswer) -> int:
        return len({c for chosen in answer.codes().values() for c in chosen} & self._offer.decoys)

    def _offered(self, passages: Sequence[Passage]) -> Offer:
        incoming, reading = self._ticket.ticket, self._ticket.reading
        identity = (incoming.tenant, incoming.ticket_id, incoming.message_id, incoming.revision)
        return offer_of(
            PassageLines(passages),
            seed=json.dumps([*identity, reading.text]),
            said=(incoming.subject or "", reading.text, *self._questions),
            language=language_of(passages[0]) if passages else "en",
        )
