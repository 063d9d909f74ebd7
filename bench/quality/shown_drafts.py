"""
Drafts in full with what they rest on, as Markdown: of a model that is honest, and of one that lies.

    python -m bench.quality.shown_drafts [--tickets FILE] [--kb FOLDER] > shown.md

Four tickets, by default: one that an article answers, one with several questions, one that nothing
answers, and one in German. Each goes through all stages with the embedded selection; with a model
that points at the right lines (`shown/right.json`); with one that writes wrong amounts and
promises; and with one that points at wrong lines. The models are the server of our tests on
loopback (`tests/support/llm_knows.py`, `llm_lies.py`).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.quality.attacks import outcomes_by
from bench.quality.sample_tickets import SAMPLE
from streams.cli.evaluate.labelled_ticket import LabelledTicket
from streams.cli.evaluate.labelled_tickets import labelled_tickets
from streams.cli.evaluate.shown_evidence import evidence_row
from streams.cli.evaluate.ticket_outcome import TicketOutcome
from streams.service import logs
from tests.support.llm import LlmServer, Say

OWN = Path(__file__).parent / "shown"
RIGHT = json.loads((OWN / "right.json").read_text(encoding="utf-8"))
WAYS = (
    ("The embedded selection", "embedded", Say.answer()),
    ("A model that points at right lines", "pointed", Say.knows(RIGHT)),
    ("A model that writes wrong amounts and promises", "written", Say.lies()),
    ("A model that points at wrong lines", "pointed", Say.lies()),
)
"""Who drafts, in which way, and what the server says."""


async def drafts_in_full(tickets: Sequence[LabelledTicket], kb: Path) -> Iterator[str]:
    """Return the lines of a Markdown file with the drafts of *tickets*."""
    made: list[list[TicketOutcome]] = []
    async with LlmServer(remember=False) as model:
        for _, way, says in WAYS:
            model.default = says
            came = await outcomes_by(way, tickets, model.url, kb)
            made.append([one for one in came if isinstance(one, TicketOutcome)])
    return _lines(made)


def _lines(made: Sequence[Sequence[TicketOutcome]]) -> Iterator[str]:
    yield "# Drafts in full, with what they rest on"
    for outcomes in zip(*made, strict=True):
        ticket = outcomes[0].labelled.ticket
        yield f"\n## {ticket.ticket_id}: {ticket.subject or ''}\n"
        yield from _quoted(ticket.raw_message or "")
        for (who, _, _), one in zip(WAYS, outcomes, strict=True):
            yield f"\n### {who}: `{one.verdict}`\n"
            yield from _draft(one)


def _draft(one: TicketOutcome) -> Iterator[str]:
    yield from _quoted(one.reply)
    yield "\n| rests on | sentence | article |\n|---|---|---|"
    for sentence in one.evidence:
        cells = map(str, evidence_row(sentence).values())
        yield f"| {' | '.join(' '.join(cell.replace('|', '¦').split()) for cell in cells)} |"
    yield ""
    assist = one.processed.assist
    if assist:
        yield f"* readiness: {' '.join(filter(None, (assist.readiness, assist.blocker)))}"
        for asked in assist.questions:
            yield f"* {asked.answered} answered: {' '.join(asked.question.split())}"
    for issue in one.processed.policy_check.issues or ():
        yield f"* {issue}"


def _quoted(text: str) -> Iterator[str]:
    return (f"> {line}".rstrip() for line in text.splitlines())


def articles_for_them(folder: Path) -> Path:
    """Return *folder* with the sample's articles and those of these tickets."""
    shutil.copytree(SAMPLE / "kb", folder, dirs_exist_ok=True)
    shutil.copytree(OWN / "kb", folder, dirs_exist_ok=True)
    return folder


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.quality.shown_drafts")
    parser.add_argument("--tickets", type=Path, default=OWN / "tickets.jsonl")
    parser.add_argument("--kb", type=Path, help="by default the sample's, and a German article")
    options = parser.parse_args()
    logs.quiet()
    rows = labelled_tickets(options.tickets, {})
    tickets = [one for one in rows if isinstance(one, LabelledTicket)]
    with TemporaryDirectory() as folder:
        kb = options.kb or articles_for_them(Path(folder))
        for line in asyncio.run(drafts_in_full(tickets, kb)):
            print(line)


if __name__ == "__main__":
    main()
