"""What happens to messages: some are broken, and two are deadly to the worker."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from bench.chaos.run import Run
from bench.chaos.tickets import IncomingMessage, message, messages, sent
from bench.chaos.world import World
from schemas.envelope import header
from streams.delivery.position import SUSPICIOUS

DEADLY = "This message kills whoever works on it."
MOST_SECONDS = 300.0
"""Each death costs its partitions a session."""
FEWEST_DEATHS = SUSPICIOUS + 4
"""Both deadly messages may be in hand at the first deaths; each is then tried alone, twice."""
PROGRAM = f"""
import os, signal
from streams import pipeline

gently = pipeline.triage
async def triage(ticket, **parts):
    if {DEADLY!r} in ticket.raw_message:
        os.kill(os.getpid(), signal.SIGKILL)
    return await gently(ticket, **parts)
pipeline.triage = triage

from streams.cli.main import main
main()
"""
"""A worker that a message kills as a fault in a C extension would: at once, without a trace."""


def broken(ticket_id: str) -> list[bytes | None]:
    """Return ten values that are no ticket, and what the product ignores: null."""
    well = json.loads(message(0, ticket_id, 1).value or b"")
    return [
        b"not JSON at all",
        b"",
        b'{"ticket_id": "' + ticket_id.encode() + b'", "raw_message": "cut off',
        b"\xff\xfe\x00 these bytes are no UTF-8",
        b"[" * 100_000 + b"]" * 100_000,
        _changed(well, raw_message=None),
        _changed(well, raw_message=17),
        _changed(well, ticket_id=""),
        _changed(well, revision="the second"),
        _changed(well, raw_message="much too large " * 20_000),
        None,
    ]


def _changed(well: dict[str, Any], **fields: Any) -> bytes:
    kept = {name: value for name, value in well.items() if name != "message_id"}
    changed = {name: value for name, value in {**kept, **fields}.items() if value is not None}
    return json.dumps(changed).encode()


def poisoned(count: int, every: int) -> Iterator[IncomingMessage]:
    """Yield *count* good messages; after each *every* of them a broken one, and two deadly ones."""
    kinds = broken("T-broken")
    deadly = count // 3, count // 3 * 2
    for number, good in enumerate(messages(count)):
        yield good
        if number % every == every - 1:
            which = number // every
            kind = kinds[which % len(kinds)]
            yield sent(f"T-p-{which}", f"poison-{which}", kind, broken=True)
        if number in deadly:
            yield _deadly(number)


def _deadly(number: int) -> IncomingMessage:
    value = {"ticket_id": f"T-d-{number}", "message_id": f"deadly-{number}", "raw_message": DEADLY}
    return sent(f"T-d-{number}", f"deadly-{number}", json.dumps(value).encode(), broken=True)


async def poison(world: World) -> None:
    """Publish 5 % of messages broken in ten ways, and two that kill the worker."""
    await world.workers(2, program=PROGRAM)
    given = list(poisoned(400 if world.quick else 1000, every=19))
    async with world.publishing(given):
        pass
    await world.all_out(MOST_SECONDS)
    letters = Counter(header(r.headers, "error-class") for r in world.ledger().letters)
    said = ", ".join(f"{n} {kind}" for kind, n in letters.most_common())
    deaths = world.fleet.deaths
    world.happened(f"{deaths} deaths, dead letters: {said}")
    world.insist(deaths >= FEWEST_DEATHS, f"only {deaths} workers died")
    world.insist(letters["Deadly"] >= 2, "the deadly messages are no dead letters")


POISON = (
    Run(
        7,
        "5 % of messages broken in ten ways, two of them deadly to the worker",
        poison,
        quick=True,
        most_again=0.3,  # ten deaths and more, each with a window in flight
        may_end=True,
    ),
)
