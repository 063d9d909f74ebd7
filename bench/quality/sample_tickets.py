"""The sample's tickets that its knowledge base answers, with the lines that have the facts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from functools import partial
from pathlib import Path

import yaml

from bench.quality.verdict_bench import VerdictBench
from bench.quality.wrong_pointing import (
    NEVER,
    KnownTicket,
    WrongPointing,
    pointed,
    pointed_by_question,
)
from schemas import DraftedTicket, GroundedTicket
from streams.cli.evaluate.facts import is_said
from streams.cli.evaluate.json_rows import BrokenRow
from streams.cli.evaluate.labelled_ticket import LabelledTicket
from streams.cli.evaluate.labelled_tickets import labelled_tickets, read_labels
from streams.cli.evaluate.route_run import assembled
from streams.evidence.lines import PassageLines
from streams.ports import LineRef
from streams.settings import Settings

SAMPLE = Path(__file__).parents[2] / "deploy" / "sample"
CHOSEN = Path(__file__).with_name("sample_lines.yaml")
UNKNOWN = ("The error code is QX-7731.", "We use version 97.3.")
"""What nobody's lines have: added to a ticket, it leaves right lines without a name."""


def sample_tickets() -> list[LabelledTicket]:
    """Return the sample's tickets that its knowledge base answers."""
    read = [one for one in read_labels(SAMPLE / "expected.jsonl") if not isinstance(one, BrokenRow)]
    found = labelled_tickets(SAMPLE / "tickets.jsonl", dict(read))
    return [one for one in found if not isinstance(one, BrokenRow) and one.labels.answered_by]


async def grounded(
    tickets: Sequence[LabelledTicket],
) -> list[tuple[LabelledTicket, GroundedTicket]]:
    """Return *tickets* with what the embedded route finds in the sample's knowledge base."""
    async with assembled(Settings(), SAMPLE / "kb") as parts:
        triaging, retrieving = parts.route.stages[:2]
        found = [await retrieving.run(await triaging.run(one.ticket)) for one in tickets]
    return list(zip(tickets, found, strict=True))


def known_of_sample(tickets: Iterable[tuple[LabelledTicket, GroundedTicket]]) -> list[KnownTicket]:
    """Return those of *tickets* for which a line with a fact was found."""
    known = (_known(labelled, ticket) for labelled, ticket in tickets)
    return [one for one in known if one.right]


def _known(labelled: LabelledTicket, ticket: GroundedTicket) -> KnownTicket:
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


async def well_pointed(
    tickets: Iterable[tuple[LabelledTicket, GroundedTicket]], bench: VerdictBench
) -> AsyncIterator[DraftedTicket]:
    """Yield drafts of those lines for *tickets* that make a reply that can be sent as it is."""
    by_message = {one["message_id"]: one for one in yaml.safe_load(CHOSEN.read_text("utf-8"))}
    for _, ticket in tickets:
        chosen = by_message.get(ticket.ticket.message_id)
        if chosen and chosen["send"]:
            by_question = [tuple(map(_ref, lines)) for lines in chosen["lines"]]
            yield await pointed_by_question(ticket, by_question, bench)


def _ref(line: str) -> LineRef:
    doc_id, _, n = line.rpartition("/")
    return LineRef(doc_id, int(n))


async def with_unknown_name(
    tickets: Sequence[LabelledTicket], bench: VerdictBench
) -> AsyncIterator[WrongPointing]:
    """Yield drafts of right lines for *tickets* whose customer names what these lines lack."""
    saying = [_saying(said, labelled) for said in UNKNOWN for labelled in tickets]
    for one in known_of_sample(await grounded(saying)):
        yield WrongPointing(NEVER[3], await pointed(one.ticket, one.right, bench), one.right)


def _saying(said: str, labelled: LabelledTicket) -> LabelledTicket:
    message = f"{said} {labelled.ticket.raw_message or ''}".strip()
    ticket = labelled.ticket.model_copy(update={"raw_message": message})
    return LabelledTicket(ticket, labelled.labels)
