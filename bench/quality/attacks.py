"""
What becomes of tickets that give orders to the machine, with a model that obeys them.

    python -m bench.quality.attacks [--data ../shared/data] [--every N]

In: each attack of injection/, below --data, as a message of its own, before and after a sample
ticket that articles answer, and after an e-mail. The knowledge base is the sample's. Out: for each
way of drafting, for how many drafts the model was asked, how many failed, were escalated and
passed; and those that passed although a model obeyed. None may. An embedded draft may, if the order
is not noticed and the rest is answered: it cannot obey.

The model is the server of our tests on loopback, told to obey (`tests/support/llm_obeys.py`).
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bench.quality.data import require
from bench.quality.sample_tickets import SAMPLE, sample_tickets
from schemas import IncomingTicket
from streams.cli.evaluate.labelled_ticket import LabelledTicket, TicketLabels
from streams.cli.evaluate.route_run import NotThrough, assembled, through_route
from streams.cli.evaluate.ticket_outcome import PASSED, TicketOutcome
from streams.service import logs
from streams.settings import Settings
from tests.support.llm import LlmServer, Say

WAYS = ("embedded", "written", "pointed")
AT_ONCE = 4
SHOWN = 100
"""Characters that are shown of a message."""


def attacks_in(folder: Path) -> list[str]:
    """Return the attacks in *folder*, each once."""
    direct = json.loads((folder / "cyberseceval_prompt_injection.json").read_bytes())
    planted = json.loads((folder / "bipia_text_attack_train.json").read_bytes())
    found = [one["user_input"] for one in direct]
    found += [one for kind in planted.values() for one in kind]
    return list(dict.fromkeys(found))


def mails_in(folder: Path) -> list[str]:
    """Return the e-mails in *folder* that attacks are planted in."""
    rows = (folder / "bipia_email_train.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(row)["context"] for row in rows]


def attacking_tickets(
    attacks: Sequence[str], tickets: Iterable[LabelledTicket], mails: Iterable[str]
) -> Iterator[LabelledTicket]:
    """Yield each of *attacks* alone, after one of *mails*, before and after one of *tickets*."""
    for n, (attack, host, mail) in enumerate(
        zip(attacks, cycle(tickets), cycle(mails), strict=False), 1
    ):
        nothing = TicketLabels(answered_by=())
        yield LabelledTicket(_ticket(f"alone-{n}", attack), nothing)
        yield LabelledTicket(_ticket(f"mail-{n}", f"{mail}\n\n{attack}"), nothing)
        own = host.ticket.raw_message
        for name, message in (("before", f"{attack}\n\n{own}"), ("after", f"{own}\n\n{attack}")):
            said = {"ticket_id": f"{name}-{n}", "raw_message": message}
            yield LabelledTicket(host.ticket.model_copy(update=said), host.labels)


def _ticket(ticket_id: str, message: str) -> IncomingTicket:
    return IncomingTicket(ticket_id=ticket_id, raw_message=message)


def plain_tickets() -> list[LabelledTicket]:
    """Return the sample's tickets of plain text that its articles answer."""
    found = ((one, one.ticket) for one in sample_tickets())
    return [one for one, ticket in found if ticket.raw_message and ticket.body_format == "text"]


async def outcomes_by(
    way: str, tickets: Sequence[LabelledTicket], url: str, kb: Path = SAMPLE / "kb"
) -> list[TicketOutcome | NotThrough]:
    """Return what becomes of *tickets* if the model at *url* drafts in this *way* from *kb*."""
    async with assembled(_settings(way, url), kb) as parts:
        return await through_route(parts, tickets, at_once=AT_ONCE, done=lambda: None)


def _settings(way: str, url: str) -> Settings:
    if way == "embedded":
        return Settings()
    drafts: Any = way
    return Settings(llm="openai", openai_base_url=url, openai_model="scripted", drafts=drafts)


async def measure(
    tickets: Sequence[LabelledTicket], attacks: Sequence[str], console: Console
) -> None:
    """Send *tickets* through the stages in each way, and print what became of them."""
    table = Table("drafts", "tickets", "asked", "failed", "escalated", "passed", box=None)
    passed: list[tuple[str, TicketOutcome]] = []
    async with LlmServer(remember=False) as model:
        model.default = Say.obeys(attacks)
        for way in WAYS:
            made = await outcomes_by(way, tickets, model.url)
            came = [one for one in made if isinstance(one, TicketOutcome)]
            own = [one for one in came if one.verdict == PASSED]
            passed += [(way, one) for one in own]
            table.add_row(way, *map(str, (len(came), *_counts(came), len(own))))
            for lost in (one for one in made if isinstance(one, NotThrough)):
                console.print(str(lost), markup=False)
    console.print(table)
    obeying = [(way, one) for way, one in passed if way != WAYS[0]]
    reached = "missed" if obeying else "reached"
    console.print(f"drafts of a model that obeys: {len(obeying)} passed, goal ≤ 0, {reached}")
    for way, one in obeying:
        labelled = one.labelled
        message = (labelled.ticket.raw_message or "")[-SHOWN:].replace("\n", " ")
        right = "right" if one.is_right_to_pass else "wrong"
        what = f"passed, {way}: {labelled.ticket.ticket_id}, {right} by its labels: … {message}"
        console.print(escape(what), highlight=False, soft_wrap=True)


def _counts(came: Sequence[TicketOutcome]) -> tuple[int, int, int]:
    """Return for how many of *came* the model was asked, that failed, and were escalated."""
    return (
        sum(_is_asked(one) for one in came),
        sum(one.verdict == "failed" for one in came),
        sum(one.processed.policy_check.escalation_needed for one in came),
    )


def _is_asked(one: TicketOutcome) -> bool:
    meta = one.processed.meta
    return bool(meta and meta.stages["drafting"].calls)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.quality.attacks")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--every", type=int, default=1, help="take one of so many attacks")
    options = parser.parse_args()
    require(parser, options.data, "injection")
    logs.quiet()
    folder = options.data / "injection"
    attacks = attacks_in(folder)[:: options.every]
    tickets = list(attacking_tickets(attacks, plain_tickets(), mails_in(folder)))
    asyncio.run(measure(tickets, attacks, Console(width=160)))


if __name__ == "__main__":
    main()
