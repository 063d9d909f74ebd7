"""`ticketstream dead-letters replay`: from the letter to the ticket that is through."""

from __future__ import annotations

import json
from pathlib import Path

import aiohttp
import pytest

from health.sidecar import Sidecar
from schemas.dead_letters import is_mark
from schemas.envelope import header
from schemas.topics import DEAD_LETTERS, INCOMING, TRIAGED
from streams.backends.kafka import names
from streams.settings import Settings
from tests.support.dead_letters import (
    BROKEN,
    SECRET,
    Bug,
    Call,
    a_letter,
    bury,
    on,
    two_stages,
)
from tests.support.stages import dead_letters, eventually, publish, read, running, ticket


async def test_found_mended_and_through(settings: Settings, call: Call, tmp_path: Path) -> None:
    """
    A broken message is listed without its text, shown with it, mended, replayed once, and through.
    """
    file = tmp_path / "broken.json"
    async with running(settings):
        await publish(settings, BROKEN)
        await dead_letters(settings, 1)

        listed = await call("list")
        (row,) = listed.rows
        assert (row["key"], row["stage"], row["class"]) == ("T-1", "triage", "Unprocessable")
        assert "Invalid JSON" in row["reason"]
        assert row["replayed_at"] is None
        assert SECRET not in str(listed)
        assert "1 dead letter: 1 Unprocessable; 0 replayed" in listed.said

        (shown,) = (await call("show", row["id"])).rows
        assert shown["value"] == BROKEN[1].decode()  # type: ignore[union-attr]
        await call("show", row["id"], "--output", str(file))
        assert file.read_bytes() == BROKEN[1]
        assert (await call("show", row["id"], "--output", str(file))).code == 2

        still = await call("replay", row["id"], "--with", str(file))
        assert still.code == 2
        assert "Invalid JSON" in still.said
        assert SECRET not in still.said

        file.write_bytes(file.read_bytes() + b"}\n")
        done = await call("replay", row["id"], "--with", str(file))
        assert done.code == 0
        assert done.rows[-1] == {"replayed": 1, "refused": 0}
        (out,) = await read(settings, TRIAGED, 1)
        assert json.loads(out.value)["ticket"]["raw_message"] == SECRET
        assert header(out.headers, "replay-of") == row["id"]

        twice = await call("replay", row["id"], "--with", str(file))
        assert twice.code == 2
        assert "--again" in twice.said
        (row,) = (await call("list", "--replayed")).rows
        assert row["replayed_to"] == names.topic(settings, INCOMING)
        assert (await call("list", "--not-replayed")).rows == []

        again = await call("replay", row["id"], "--with", str(file), "--again")
        assert again.code == 0
        first, second = await read(settings, TRIAGED, 2)
        assert header(first.headers, "ce_id") == header(second.headers, "ce_id")


async def test_a_dry_run_changes_nothing(settings: Settings, call: Call) -> None:
    """
    `--dry-run` says what would be replayed and what is refused, and publishes nothing.
    """
    async with running(settings, Bug("triage").triage):
        await publish(settings, ticket(1), BROKEN)
        await dead_letters(settings, 2)
    (row,) = (await call("list", "--class", "KeyError")).rows

    done = await call("replay", "--all", "--dry-run")

    assert done.code == 1
    assert done.rows == [
        {"id": row["id"], "ticket": "T-1", "to": names.topic(settings, INCOMING), "done": "ready"},
        {"ready": 1, "refused": 1},
    ]
    assert "--with FILE" in done.said
    assert len(await read(settings, DEAD_LETTERS, 2)) == 2
    assert len(await read(settings, INCOMING, 2)) == 2


async def test_a_bug_that_was_mended(settings: Settings, call: Call) -> None:
    """
    All letters of a bug are replayed at once, those that were before are left out, and what
    fails again is a letter of its own that names the first.
    """
    bug = Bug("triage")
    async with running(settings, bug.triage):
        await publish(settings, *(ticket(n) for n in range(3)))
        await dead_letters(settings, 3)
        ids = {row["id"] for row in (await call("list")).rows}
        one = min(ids)
        assert (await call("replay", one)).code == 0
        await read(settings, DEAD_LETTERS, 3 + 1 + 1)
        (again,) = [row for row in (await call("list")).rows if row["id"] not in ids]
        assert again["replay_of"] == one

        bug.mend()
        done = await call("replay", "--class", "KeyError", "--stage", "triage")
        out = await read(settings, TRIAGED, 3)

    assert done.code == 0
    assert done.rows[-1] == {"replayed": 3, "refused": 0, "skipped": 1}
    assert {record.key for record in out} == {b"T-0", b"T-1", b"T-2"}
    assert (await call("replay", "--all")).rows == [{"replayed": 0, "refused": 0, "skipped": 4}]
    records = await read(settings, DEAD_LETTERS, 8)
    marks = [r for r in records if is_mark(r.headers)]
    letters = {(r.partition, r.key) for r in records if not is_mark(r.headers)}
    assert len(marks) == 4
    assert {(r.partition, r.key) for r in marks} == letters
    assert {r.value for r in marks} == {None}


async def test_replays_are_keyed_by_the_tickets_id(settings: Settings, call: Call) -> None:
    """
    A message that came without its ticket's key is replayed with it: order is promised only there.
    """
    async with running(settings, Bug("triage").triage):
        _, value, _ = ticket(1)
        await publish(settings, (None, value, ()), (b"other", value, ()), (b"T-1", value, ()))
        await dead_letters(settings, 3)
    await call("replay", "--all")

    *_, first, second, third = await on(settings, INCOMING, 6)
    assert {first.key, second.key, third.key} == {b"T-1"}
    assert len({first.partition, second.partition, third.partition}) == 1
    assert (await call("list", "--not-replayed")).rows == []


@pytest.mark.parametrize("origin", ["nowhere", "ticket-dead-letters", "kb-articles", ""])
async def test_letters_of_others_are_not_replayed(
    settings: Settings, call: Call, origin: str
) -> None:
    """
    A letter that came from elsewhere, by its own words, goes nowhere: prefixes are kept apart.
    """
    await bury(settings, a_letter(*ticket(1)[:2], origin_topic=origin))  # type: ignore[arg-type]
    done = await call("replay", "--all")

    assert done.code == 2
    assert "no stage of this installation reads" in done.said
    assert len(await read(settings, DEAD_LETTERS, 1)) == 1


async def test_a_ticket_that_came_over_http(settings: Settings, call: Call) -> None:
    """
    The sidecar learns the result of a ticket that was replayed, and counts no mark as an outcome.
    """
    own = settings.model_copy(update={"sidecar_http_port": 0, "process_seconds": 20.0})
    body = {
        "ticket_id": "T-1",
        "raw_message": "I was charged twice.",
        "customer_name": "Ada",
        "customer_email": "ada@example.com",
    }
    bug = Bug("policy")
    async with (
        Sidecar(own) as sidecar,
        aiohttp.ClientSession(sidecar.url) as session,
        two_stages(settings, bug),
    ):
        answer = await session.post("/api/v1/tickets/process", json=body)
        assert answer.status == 500
        bug.mend()
        assert (await call("replay", "--all")).code == 0

        async def is_known() -> bool:
            return (await session.get("/api/v1/tickets/T-1/result")).status == 200

        await eventually(is_known)
        again = await session.post("/api/v1/tickets/process", json=body)
        assert again.status == 200
        figures = await (await session.get("/api/v1/tickets/metrics")).json()

    assert figures["outcomes"] == {"processed": 1, "dead_letter": 1}
    assert len(await read(settings, INCOMING, 1)) == 1  # the second call had the first's result
