"""Not waiting for a result: `Prefer: respond-async`, and asking for it later, anywhere."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from yarl import URL

from health.sidecar import Sidecar
from schemas.topics import DEAD_LETTERS, INCOMING
from streams.backends.kafka import clients, names
from streams.settings import Settings
from tests.health.conftest import Answer, Client, a_ticket
from tests.health.waiting import LIMIT_SECONDS, until, until_ready, until_status
from tests.support.echo_pipeline import EchoPipeline

ASYNC = {"Prefer": "respond-async"}


async def test_the_whole_way(client: Client, pipeline: EchoPipeline) -> None:
    """
    202 with where to look; there 202 while it is in flight; then what the call would have said.
    """
    ticket = a_ticket()
    pipeline.hold()

    accepted = await client.process(ticket, headers=ASYNC)
    waiting = await client.get(accepted.headers["Location"])
    pipeline.release()
    found = await until_settled(client, accepted.headers["Location"])
    again = await client.process(ticket, headers=ASYNC)

    assert accepted.status == waiting.status == 202
    assert accepted.body == waiting.body
    assert accepted.body["status"] == "in_flight"
    assert accepted.headers["Preference-Applied"] == "respond-async"
    assert int(waiting.headers["Retry-After"]) > 0
    assert (found.status, again.status) == (200, 200)
    assert found.body == again.body
    assert "Preference-Applied" not in again.headers
    assert pipeline.taken[ticket["ticket_id"]] == 1


async def test_wait_and_respond_async(client: Client, pipeline: EchoPipeline) -> None:
    """
    With `wait` the answer is the result if that comes in time, else 202 instead of 504.
    """
    headers = {"Prefer": "respond-async, wait=1"}
    silent = a_ticket(metadata={"echo": "silence"})

    through = await client.process(a_ticket(), headers={"Prefer": "respond-async;q=1, wait=20"})
    queued = await client.process(silent, headers=headers)

    assert (through.status, through.headers["Preference-Applied"]) == (200, "wait=20")
    assert (queued.status, queued.headers["Preference-Applied"]) == (202, "respond-async, wait=1")


@pytest.mark.parametrize("ticket_id", ["a/b", "ü %2F?#", "{x}", "metrics", "a\nb", "..."])
async def test_any_id(client: Client, pipeline: EchoPipeline, ticket_id: str) -> None:
    """
    An id of any characters comes back percent-encoded, and is found by that.
    """
    pipeline.hold()

    accepted = await client.process(a_ticket(ticket_id=ticket_id), headers=ASYNC)

    location = accepted.headers["Location"]
    assert location == f"/api/v1/tickets/{quote(ticket_id, safe='')}/result"
    found = await client.get(location)
    assert (found.status, found.body["ticket_id"]) == (202, ticket_id)


@pytest.mark.parametrize("ticket_id", [".", ".."])
async def test_an_id_that_is_a_step_in_a_path(
    client: Client, pipeline: EchoPipeline, ticket_id: str
) -> None:
    """
    Its dots are percent-encoded; who asks for the Location as it is finds the ticket.
    """
    pipeline.hold()

    accepted = await client.process(a_ticket(ticket_id=ticket_id), headers=ASYNC)

    location = accepted.headers["Location"]
    assert location == f"/api/v1/tickets/{ticket_id.replace('.', '%2E')}/result"
    async with client.session.get(URL(client.url + location, encoded=True)) as found:
        assert (found.status, (await found.json())["ticket_id"]) == (202, ticket_id)


async def test_a_dead_letter(client: Client, pipeline: EchoPipeline) -> None:
    """
    The result of a ticket that became a dead letter is the same 500 as in the call.
    """
    ticket = a_ticket(metadata={"echo": "dead-letter"})

    called = await client.process(ticket)
    found = await client.get(result_of(ticket))

    assert (called.status, found.status) == (500, 500)
    assert found.body == called.body
    assert found.body["stage"] == "drafting"
    assert found.body["event_id"]


@pytest.mark.parametrize("headers", [{}, ASYNC])
async def test_a_dead_letter_that_cannot_be_read(
    client: Client, pipeline: EchoPipeline, quick: Settings, headers: dict[str, str]
) -> None:
    """
    The correlation id tells whose it is, while the caller waits and when nobody does.
    """
    ticket = a_ticket(metadata={"echo": "silence"})
    call = asyncio.create_task(client.process(ticket, headers=headers))
    await until(lambda: pipeline.taken[ticket["ticket_id"]] == 1)
    waiting = await client.get(result_of(ticket))
    carried = [*pipeline.headers[ticket["ticket_id"]], ("error-stage", b"drafting")]

    producer = clients.producer(quick)
    await producer.start()
    name = names.topic(quick, DEAD_LETTERS)
    await producer.send_and_wait(name, b"\xff", headers=carried)
    await producer.stop()
    found = await until_settled(client, result_of(ticket))

    assert waiting.status == 202
    assert (found.status, found.body["stage"]) == (500, "drafting")
    assert (await call).status == (202 if headers else 500)


async def test_an_unknown_ticket(client: Client) -> None:
    """
    A ticket that nobody knows is a 404.
    """
    await until_ready(client)

    answer = await until_settled(client, "/api/v1/tickets/nobody/result")

    assert (answer.status, answer.body["ticket_id"]) == (404, "nobody")


async def test_tenants(client: Client, pipeline: EchoPipeline) -> None:
    """
    The same id in two tenants is two tickets; Location names the one that it is of.
    """
    ours = a_ticket()
    theirs = {**ours, "tenant": "acme & co", "customer_name": "Jane"}

    await client.process(ours)
    accepted = await client.process(theirs, headers=ASYNC)
    found = [
        await until_settled(client, url) for url in (result_of(ours), accepted.headers["Location"])
    ]
    other = await client.get(result_of(ours) + "?tenant=third")

    assert [answer.status for answer in found] == [200, 200]
    assert accepted.headers["Location"].endswith("?tenant=acme%20%26%20co")
    greetings = [answer.body["result"]["answer_draft"]["greeting"] for answer in found]
    assert greetings == ["Dear John Doe,", "Dear Jane,"]
    assert other.status == 404


async def test_a_newer_message(client: Client, pipeline: EchoPipeline) -> None:
    """
    Once the ticket has a newer message, an older one's result is not the latest any more.
    """
    first = a_ticket(message_id="1")
    second = {**first, "message_id": "2", "raw_message": "It happened once more, please help."}
    await client.process(first)
    pipeline.hold()

    accepted = await client.process(second, headers=ASYNC)
    waiting = await client.get(result_of(first))
    pipeline.release()
    found = await until_settled(client, result_of(first))

    assert waiting.body["event_id"] == accepted.body["event_id"]
    assert found.body["result"]["message_id"] == "2"


async def test_an_older_revision(client: Client, pipeline: EchoPipeline) -> None:
    """
    A message that was overtaken by its successor does not become the latest.
    """
    new = a_ticket(message_id="2", revision=2)
    await client.process(new)
    await client.process({**new, "message_id": "1", "revision": 1})

    found = await client.get(result_of(new))

    assert found.body["result"]["revision"] == 2


# Another replica, and after a restart


async def test_another_replica(client: Client, pipeline: EchoPipeline, quick: Settings) -> None:
    """
    A replica that did not take the call knows that the ticket is in flight, and then its result;
    called for the same, it waits for it and publishes nothing.
    """
    async with replica(client, quick) as other:
        ticket = a_ticket()
        pipeline.hold()
        accepted = await client.process(ticket, headers=ASYNC)

        waiting = await other.get(accepted.headers["Location"])
        call = asyncio.create_task(other.process(ticket))
        await asyncio.sleep(0.2)
        pipeline.release()

        assert (waiting.status, waiting.body) == (202, accepted.body)
        assert (await call).status == 200
        assert (await other.get(accepted.headers["Location"])).body == (await call).body
    assert pipeline.taken[ticket["ticket_id"]] == 1


@pytest.mark.parametrize("hours", [6, 0])
async def test_after_a_restart(
    client: Client, pipeline: EchoPipeline, quick: Settings, hours: float
) -> None:
    """
    A new sidecar knows what it reads back: results, dead letters, what is in flight. It counts
    none of it. With no hours to read back it knows nothing.
    """
    through, failed = a_ticket(), a_ticket(metadata={"echo": "dead-letter"})
    silent = a_ticket(metadata={"echo": "silence"})
    known = [await client.process(ticket) for ticket in (through, failed)]
    await client.process(silent, headers=ASYNC)

    async with replica(client, quick.model_copy(update={"readback_hours": hours})) as new:
        answers = [await until_settled(new, result_of(t)) for t in (through, failed)]
        waiting = await new.get(result_of(silent))
        figures = (await new.get("/api/v1/tickets/metrics")).body

    assert figures["total"] == 0
    if hours:
        assert [a.body for a in answers] == [k.body for k in known]
        assert (waiting.status, waiting.body["status"]) == (202, "in_flight")
    else:
        assert [a.status for a in (*answers, waiting)] == [404, 404, 404]


async def test_a_call_right_after_a_restart(
    client: Client, pipeline: EchoPipeline, quick: Settings
) -> None:
    """
    A call that comes while results are still being read back gets the one that was there.
    """
    ticket = a_ticket()
    first = await client.process(ticket)

    async with Sidecar(quick) as sidecar:
        again = await Client(sidecar.url, client.session).process(ticket)

    assert again.body == first.body
    assert pipeline.taken[ticket["ticket_id"]] == 1


async def test_while_it_reads_back(
    quick: Settings,
    session: aiohttp.ClientSession,
    pipeline: EchoPipeline,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """
    Until all is read nobody is told of what may not be the latest; calls are taken all the same.
    """

    async def never(*_: object) -> bool:
        return False

    monkeypatch.setattr("health.tickets.follower._stands_at", never)
    monkeypatch.setattr("health.tickets.follower.START_SECONDS", 1)
    async with Sidecar(quick) as sidecar:
        client = Client(sidecar.url, session)
        await until_ready(client)
        ticket = a_ticket()

        called = await client.process(ticket)
        answer = await client.get(result_of(ticket))

    assert called.status == 200
    assert answer.status == 503
    assert "still being read" in answer.body["detail"]
    assert int(answer.headers["Retry-After"]) > 0


async def test_a_ticket_that_came_by_kafka(
    client: Client, pipeline: EchoPipeline, quick: Settings
) -> None:
    """
    The result of a ticket that was published without a sidecar is to be had, too; what is no
    ticket does no harm.
    """
    await until_ready(client)
    pipeline.hold()
    producer = clients.producer(quick)
    await producer.start()
    name = names.topic(quick, INCOMING)
    await producer.send_and_wait(name, b'{"ticket_id": "K", "subject": "Site down"}', b"K")
    waiting = await client.get("/api/v1/tickets/K/result")
    pipeline.release()
    found = await until_settled(client, "/api/v1/tickets/K/result")
    await producer.stop()

    assert waiting.status == 202
    assert found.status == 200


async def test_a_publisher_whose_clock_is_ahead(
    client: Client, pipeline: EchoPipeline, quick: Settings
) -> None:
    """
    Its ticket that became a dead letter is none in flight, also for a sidecar that starts later.
    """
    ticket = a_ticket(metadata={"echo": "dead-letter"})
    value, key = json.dumps(ticket).encode(), ticket["ticket_id"].encode()
    ahead = round((time.time() + 600) * 1000)
    await until_ready(client)
    producer = clients.producer(quick)
    await producer.start()
    name = names.topic(quick, INCOMING)
    await producer.send_and_wait(name, value, key, timestamp_ms=ahead)
    await producer.stop()
    before = await until_settled(client, result_of(ticket))

    async with replica(client, quick) as later:
        after = await until_settled(later, result_of(ticket))

    assert before.status == after.status == 500
    assert before.body == after.body


async def test_kafka_away(session: aiohttp.ClientSession) -> None:
    """
    Without Kafka nothing can be said of a ticket that is not known.
    """
    nowhere = Settings(kafka_brokers="127.0.0.1:1", sidecar_http_port=0, grace_seconds=0.1)
    async with Sidecar(nowhere) as sidecar:
        client = Client(sidecar.url, session)
        answer = await client.get("/api/v1/tickets/T/result")

    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) > 0


# One key for two contents


@pytest.mark.parametrize(
    ("headers", "fields", "loc"),
    [
        ({"Idempotency-Key": "k"}, {}, ["header", "idempotency-key"]),
        ({}, {"message_id": "k"}, ["body", "message_id"]),
    ],
)
@pytest.mark.parametrize("in_flight", [True, False])
async def test_a_key_that_was_used_for_another_content(
    client: Client,
    pipeline: EchoPipeline,
    quick: Settings,
    headers: dict[str, str],
    fields: dict[str, str],
    loc: list[str],
    in_flight: bool,
) -> None:
    """
    It is a 422 and not the first one's result, also at a replica that did not take the first.
    """
    ticket = a_ticket(**fields)
    changed = {**ticket, "raw_message": "Something else altogether, please help."}
    async with replica(client, quick) as other:
        pipeline.hold()
        await client.process(ticket, headers={**headers, **ASYNC})
        await until_status(other, result_of(ticket), 202)  # it has come by there, too
        if not in_flight:
            pipeline.release()
            await until_settled(other, result_of(ticket))

        answers = [await c.process(changed, headers=headers) for c in (client, other)]
        pipeline.release()
        same = await other.process(ticket, headers=headers)

    assert [answer.status for answer in answers] == [422, 422]
    assert [answer.body["detail"][0]["loc"] for answer in answers] == [loc, loc]
    assert same.status == 200
    assert pipeline.taken[ticket["ticket_id"]] == 1


@pytest.mark.parametrize("headers", [{}, {"Prefer": "wait=3"}])
async def test_a_key_that_is_used_for_two_contents_at_once(
    client: Client, pipeline: EchoPipeline, quick: Settings, headers: dict[str, str]
) -> None:
    """
    Two replicas may both publish: who was second gets 422 then, and not the first one's result.
    """
    ticket = a_ticket(message_id="k")
    contents = ["I was charged twice, please help.", "The app crashes, please help."]
    asked = [{**ticket, "raw_message": content} for content in contents]
    async with replica(client, quick) as other:
        clients = (client, other)
        await asyncio.gather(*(c.process(a_ticket()) for c in clients))  # they are connected
        pipeline.hold()
        calls = [
            asyncio.create_task(c.process(t, headers=headers))
            for c, t in zip(clients, asked, strict=True)
        ]
        if not headers:
            await until(lambda: pipeline.taken[ticket["ticket_id"]] == 1)
            pipeline.release()
        answers = await asyncio.gather(*calls)
        pipeline.release()
        await until(lambda: pipeline.taken[ticket["ticket_id"]] == 2)
        first = (await until_settled(other, result_of(ticket))).body

    statuses = [answer.status for answer in answers]
    assert sorted(statuses) == ([422, 504] if headers else [200, 422])
    [taken] = [n for n, status in enumerate(statuses) if status != 422]
    assert contents[taken] in first["result"]["answer_draft"]["body"]


async def test_a_dead_letter_is_sent_again_mended(client: Client, pipeline: EchoPipeline) -> None:
    """
    Where there is no result that could be taken for another's, the content may change.
    """
    ticket = a_ticket(message_id="m", metadata={"echo": "dead-letter"})

    failed = await client.process(ticket)
    mended = await client.process({**ticket, "metadata": {}})

    assert (failed.status, mended.status) == (500, 200)
    assert (await client.get(result_of(ticket))).status == 200


async def test_too_many_callers(
    quick: Settings, session: aiohttp.ClientSession, pipeline: EchoPipeline
) -> None:
    """
    Beyond the setting a caller is told to come again, and what is known already is answered.
    """
    one = quick.model_copy(update={"process_calls": 1})
    async with Sidecar(one) as sidecar:
        client = Client(sidecar.url, session)
        known = a_ticket()
        await client.process(known)
        pipeline.hold()
        ticket = a_ticket()
        call = asyncio.create_task(client.process(ticket))
        await until(lambda: pipeline.taken[ticket["ticket_id"]] == 1)

        refused = a_ticket()
        answer = await client.process(refused)
        remembered = await client.process(known)
        pipeline.release()

        assert answer.status == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert remembered.status == (await call).status == 200
        assert pipeline.taken[refused["ticket_id"]] == 0


# Helpers


@asynccontextmanager
async def replica(client: Client, settings: Settings) -> AsyncIterator[Client]:
    """Return a client of one more sidecar, which is ready and has read back."""
    async with Sidecar(settings) as sidecar:
        other = Client(sidecar.url, client.session)
        await until_ready(other)
        await until_settled(other, "/api/v1/tickets/nobody/result")
        yield other


def result_of(ticket: dict[str, Any]) -> str:
    """Return the path of *ticket*'s result."""
    return f"/api/v1/tickets/{ticket['ticket_id']}/result"


async def until_settled(client: Client, path: str) -> Answer:
    """Return the answer at *path* once it is neither 202 nor 503."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while (answer := await client.get(path)).status in (202, 503):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return answer
