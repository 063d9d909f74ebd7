"""What a dead letter becomes: its identity, its ticket, and what a mended value may be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from schemas import IncomingTicket
from schemas.envelope import event_id, header, input_identity
from schemas.topics import INCOMING, PROCESSED, TRIAGED
from streams.backends.kafka import names
from streams.settings import Settings
from tests.support.dead_letters import SECRET, Bug, Call, Done, a_letter, bury, two_stages
from tests.support.stages import Sent, dead_letters, publish, read, ticket


async def test_the_result_is_the_one_that_it_would_have_been(
    settings: Settings, call: Call
) -> None:
    """
    From whichever stage a ticket is replayed, its result has the `ce_id` that it would have had.
    """
    own = [("ce_source", b"desk"), ("ce_id", b"4711")]
    carried = [("correlation-id", b"c"), ("run", b"7")]
    expected = {}
    bug = Bug("policy")
    async with two_stages(settings, bug):
        for number in range(6):  # each kind of identity, for each place to begin
            message_id = "m-1" if number % 3 == 1 else None
            headers = [*(own if number % 3 == 0 else []), *carried]
            key, value, _ = ticket(
                number, message_id=message_id, metadata={"f": 1.0}, unknown=[None]
            )
            await publish(settings, (key, value, headers))
            sent = IncomingTicket.model_validate_json(value or b"")
            identity = input_identity(sent, headers)
            expected[key] = event_id(PROCESSED.ce_type, sent, identity, "7")
        letters = await dead_letters(settings, 6)
        ids = {record.key: f"{record.partition}-{record.offset}" for record in letters}
        bug.mend()
        here = await call("replay", *(ids[b"T-%d" % n] for n in range(3)))
        start = await call("replay", "--from-start", *(ids[b"T-%d" % n] for n in range(3, 6)))
        out = await read(settings, PROCESSED, 6)

    assert {row["to"] for row in here.rows[:-1]} == {names.topic(settings, TRIAGED)}
    assert {row["to"] for row in start.rows[:-1]} == {names.topic(settings, INCOMING)}
    assert {record.key: header(record.headers, "ce_id") for record in out} == expected
    assert {header(record.headers, "correlation-id") for record in out} == {"c"}
    given = {name for record in out for name, _ in record.headers}
    assert not [name for name in given if name.startswith(("error-", "origin-", "failed-"))]


async def test_a_mended_ticket_from_the_start_keeps_its_identity(
    settings: Settings, call: Call, tmp_path: Path
) -> None:
    """
    An event that cannot be read is replayed from the start with a ticket, as its publisher's event.
    """
    file = tmp_path / "ticket.json"
    file.write_text('{"ticket_id": "T-1", "raw_message": "Site down"}')
    inputid = ("ce_inputid", b'["event", "desk", "4711"]')
    lies = {"origin_topic": names.topic(settings, TRIAGED), "origin_partition": "0"}
    await bury(settings, a_letter(b"T-1", b"{", inputid, ("ce_id", b"x"), **lies))

    assert (await call("replay", "0-0", "--from-start")).code == 2
    (row,) = (await call("list")).rows
    done = await call("replay", row["id"], "--from-start", "--with", str(file))

    assert done.code == 0
    (record,) = await read(settings, INCOMING, 1)
    sent = IncomingTicket.model_validate_json(record.value)
    assert input_identity(sent, record.headers) == inputid[1].decode()


@pytest.mark.parametrize("as_event", [False, True])
async def test_from_the_start_needs_the_ticket_alone(
    settings: Settings, call: Call, tmp_path: Path, as_event: bool
) -> None:
    """
    From the start whatever a later stage choked on does not matter, in the letter and in a file.
    """
    own = {"ticket_id": "T-1", "raw_message": "Site down", "unknown": 1.0}
    event = {"ticket": own, "triage": {"priority": "P9"}}
    identity = ("ce_inputid", b'["event", "desk", "4711"]')
    origin = {"error_stage": "retrieval", "origin_topic": names.topic(settings, TRIAGED)}
    await bury(settings, a_letter(b"T-1", json.dumps(event).encode(), identity, **origin))
    (row,) = (await call("list")).rows
    file = tmp_path / "mended.json"
    file.write_text(json.dumps(event if as_event else own))

    here = await call("replay", row["id"])
    done = await call("replay", row["id"], "--from-start")
    mended = await call("replay", row["id"], "--from-start", "--again", "--with", str(file))

    assert (here.code, done.code, mended.code) == (2, 0, 0)
    assert "triage" in here.said
    for record in await read(settings, INCOMING, 2):
        sent = IncomingTicket.model_validate_json(record.value)
        assert sent.model_dump(exclude_defaults=True) == own
        assert input_identity(sent, record.headers) == identity[1].decode()


async def _mended(
    settings: Settings, call: Call, file: Path, letter: Sent, *options: str, **ticket: object
) -> Done:
    """Replay *letter*, which is of incoming-tickets, with *ticket* in *file*."""
    key, value, headers = letter
    name = names.topic(settings, INCOMING)
    await bury(settings, a_letter(key, value or b"", *headers, origin_topic=name))
    file.write_text(json.dumps({"ticket_id": "T-1", "raw_message": SECRET, **ticket}))
    *_, row = sorted((await call("list")).rows, key=lambda row: str(row["at"]))
    return await call("replay", row["id"], "--with", str(file), *options)


@pytest.mark.parametrize(
    ("key", "value", "given", "said"),
    [
        (b"x", b'{"ticket_id": "T-2"}', {}, "ticket T-2, and the value given is of ticket T-1"),
        (b"T-2", b"{", {}, "ticket T-2, and the value given is of ticket T-1"),
        (b"T-2", b'{"raw_message": 1}', {}, "ticket T-2, and the value given is of ticket T-1"),
        (
            b"T-1",
            b'{"ticket_id": "T-1", "tenant": "acme"}',
            {"tenant": "umbrella"},
            "tenant acme, and the value given is of tenant umbrella",
        ),
    ],
)
async def test_a_value_of_another_ticket_is_refused(
    settings: Settings,
    call: Call,
    tmp_path: Path,
    key: bytes,
    value: bytes,
    given: dict[str, object],
    said: str,
) -> None:
    """
    A file that is of another ticket than the letter would lose the letter's: it takes an option.
    """
    file = tmp_path / "mended.json"
    refused = await _mended(settings, call, file, (key, value, ()), **given)
    meant = await _mended(settings, call, file, (key, value, ()), "--other-ticket", **given)

    assert (refused.code, meant.code) == (2, 0)
    assert said in refused.said
    assert "--other-ticket" in refused.said
    assert SECRET not in refused.said


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (b"7", b'{"ticket_id": 7}'),
        (b"x", b'{"ticket_id": ""}'),
        (b"\xff", b"{"),
        (b"k" * 257, b"["),
        (None, b"{"),
        (b"x", b'{"ticket_id": "T-1", "raw_message": 1}'),
    ],
)
async def test_a_letter_without_an_id_takes_any(
    settings: Settings, call: Call, tmp_path: Path, key: bytes | None, value: bytes
) -> None:
    """
    Where it was the id that was broken, or is the same, a mended value needs no option.
    """
    done = await _mended(settings, call, tmp_path / "mended.json", (key, value, ()))

    assert (done.code, done.rows[-1]) == (0, {"replayed": 1, "refused": 0})
