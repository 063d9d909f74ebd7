"""The sample's tickets that its knowledge base answers, with the lines that have the facts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from bench.quality.pointing import NEVER, KnownTicket, WrongPointing, pointed
from bench.quality.verdict_bench import VerdictBench
from schemas import DraftedTicket
from streams.cli.evaluate.facts import is_said
from streams.cli.evaluate.json_rows import BrokenRow
from streams.cli.evaluate.labelled_ticket import LabelledTicket
from streams.cli.evaluate.labelled_tickets import labelled_tickets, read_labels
from streams.cli.evaluate.route_run import assembled, through_route
from streams.cli.evaluate.ticket_outcome import TicketOutcome
from streams.evidence.lines import PassageLines
from streams.ports import LineRef
from streams.settings import Settings

SAMPLE = Path(__file__).parents[2] / "deploy" / "sample"
UNKNOWN = ("The error code is QX-7731.", "We use version 97.3.")
"""What nobody's lines have: added to a ticket, it leaves right lines without a name."""


def sample_tickets() -> list[LabelledTicket]:
    """Return the sample's tickets that its knowledge base answers."""
    read = [one for one in read_labels(SAMPLE / "expected.jsonl") if not isinstance(one, BrokenRow)]
    found = labelled_tickets(SAMPLE / "tickets.jsonl", dict(read))
    return [one for one in found if not isinstance(one, BrokenRow) and one.labels.answered_by]


def drafted(tickets: Sequence[LabelledTicket]) -> list[tuple[LabelledTicket, DraftedTicket]]:
    """Return *tickets* as the embedded route drafts them on the sample's knowledge base."""

    async def run() -> list[object]:
        async with assembled(Settings(), SAMPLE / "kb") as parts:
            return [*await through_route(parts, tickets, at_once=1, done=lambda: None)]

    made = asyncio.run(run())
    return [(one.labelled, one.drafted) for one in made if isinstance(one, TicketOutcome)]


def known_of_sample(tickets: Iterable[tuple[LabelledTicket, DraftedTicket]]) -> list[KnownTicket]:
    """Return those of *tickets* for which a line with a fact was found."""
    known = (_known(labelled, ticket) for labelled, ticket in tickets)
    return [one for one in known if one.right]


def _known(labelled: LabelledTicket, ticket: DraftedTicket) -> KnownTicket:
    lines = PassageLines(ticket.passages)
    by_fact = {fact: _with_fact(fact, labelled, lines) for fact in labelled.labels.facts}
    found = {fact: refs for fact, refs in by_fact.items() if refs}
    right = tuple(dict.fromkeys(refs[0] for refs in found.values()))
    return KnownTicket(ticket, right, partial(_says_all, tuple(found)))


def _with_fact(fact: str, labelled: LabelledTicket, lines: PassageLines) -> list[LineRef]:
    articles = labelled.labels.answered_by or ()
    return [
        ref
        for ref, line in lines.items()
        if line.quotable and ref.doc_id in articles and is_said(fact, line.text)
    ]


def _says_all(facts: Sequence[str], reply: str) -> bool:
    return all(is_said(fact, reply) for fact in facts)


def with_unknown_name(
    tickets: Sequence[LabelledTicket], bench: VerdictBench
) -> Iterator[WrongPointing]:
    """Yield drafts of right lines for *tickets* whose customer names what these lines lack."""
    for said in UNKNOWN:
        for one in known_of_sample(drafted([_saying(said, labelled) for labelled in tickets])):
            yield WrongPointing(NEVER[3], pointed(one.ticket, one.right, bench), one.right)


def _saying(said: str, labelled: LabelledTicket) -> LabelledTicket:
    message = f"{said} {labelled.ticket.raw_message or ''}".strip()
    ticket = labelled.ticket.model_copy(update={"raw_message": message})
    return LabelledTicket(ticket, labelled.labels)
