"""The process call: every status, and what is on Kafka after it."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
from prometheus_client import REGISTRY

from health.sidecar import Sidecar
from schemas import IncomingTicket
from schemas.envelope import event_id, input_identity
from schemas.topics import PROCESSED
from streams.settings import Settings
from tests.health.conftest import Client, a_ticket
from tests.health.waiting import until, until_ready, until_total
from tests.support.echo_pipeline import EchoPipeline


async def test_a_ticket_gets_its_result(client: Client, pipeline: EchoPipeline) -> None:
    """
    A valid ticket is answered with what the pipeline made of it.
    """
    ticket = a_ticket()

    answer = await client.process(ticket)

    assert answer.status == 200
    assert answer.body["success"] is True
    assert answer.body["ticket_id"] == ticket["ticket_id"]
    assert ticket["ticket_id"] in answer.body["result"]["answer_draft"]["body"]


async def test_fifty_callers_get_fifty_answers(client: Client, pipeline: EchoPipeline) -> None:
    """
    Calls at the same time never get one another's result.
    """
    tickets = [a_ticket() for _ in range(50)]

    answers = await asyncio.gather(*map(client.process, tickets))

    drafts = [answer.body["result"]["answer_draft"]["body"] for answer in answers]
    assert [t["ticket_id"] for t in tickets] == [draft.split(":")[0] for draft in drafts]


async def test_two_callers_of_one_ticket(client: Client, pipeline: EchoPipeline) -> None:
    """
    The same ticket asked for twice at the same time is published once, and answers both.
    """
    ticket = a_ticket()
    pipeline.hold()
    calls = [asyncio.create_task(client.process(ticket)) for _ in range(2)]
    await until(lambda: pipeline.taken[ticket["ticket_id"]] == 1)
    calls.append(asyncio.create_task(client.process(ticket)))
    await asyncio.sleep(0.2)

    pipeline.release()
    answers = await asyncio.gather(*calls)

    assert [answer.status for answer in answers] == [200] * 3
    assert answers[0].body == answers[1].body == answers[2].body
    assert pipeline.taken[ticket["ticket_id"]] == 1


async def test_asked_again_later(client: Client, pipeline: EchoPipeline) -> None:
    """
    Who asks for the same event again gets the first result, and nothing is processed again.
    """
    ticket = a_ticket()

    first, second = await client.process(ticket), await client.process(ticket)

    assert first.body == second.body
    assert pipeline.taken[ticket["ticket_id"]] == 1


async def test_a_result_is_known_to_sidecars_that_did_not_ask(
    client: Client, pipeline: EchoPipeline, quick: Settings
) -> None:
    """
    A second replica answers with the result that it saw coming by.
    """
    ticket = a_ticket()
    async with Sidecar(quick) as other:
        second = Client(other.url, client.session)
        await until_ready(second)
        first_answer = await client.process(ticket)
        await until_total(second, 1)

        assert (await second.process(ticket)).body == first_answer.body

    assert pipeline.taken[ticket["ticket_id"]] == 1


async def test_a_dead_letter(client: Client, pipeline: EchoPipeline) -> None:
    """
    A ticket that could not be processed is a 500 which names the stage and the event.
    """
    ticket = a_ticket(metadata={"echo": "dead-letter"})

    answer = await client.process(ticket)

    assert answer.status == 500
    assert answer.body["stage"] == "drafting"
    assert answer.body["error_class"] == "KeyError"
    assert answer.body["ticket_id"] == ticket["ticket_id"]
    assert answer.body["event_id"] == _result_id(ticket)


async def test_a_dead_letter_is_tried_again(client: Client, pipeline: EchoPipeline) -> None:
    """
    Somebody may have mended the cause: asked for again, the ticket is published again.
    """
    ticket = a_ticket(metadata={"echo": "dead-letter"})

    await client.process(ticket)
    await client.process(ticket)

    assert pipeline.taken[ticket["ticket_id"]] == 2


async def test_time_is_up(client: Client, pipeline: EchoPipeline) -> None:
    """
    After the wished time comes a 504 with the result's id, and the ticket is on its topic.
    """
    ticket = a_ticket(metadata={"echo": "silence"})

    answer = await client.process(ticket, headers={"Prefer": "respond-sync, wait=1"})

    assert answer.status == 504
    assert answer.body["event_id"] == _result_id(ticket)
    assert _result_id(ticket) in answer.body["detail"]
    await until(lambda: pipeline.taken[ticket["ticket_id"]] == 1)


async def test_asked_again_after_the_time_was_up(client: Client, pipeline: EchoPipeline) -> None:
    """
    Who comes back after a 504 waits on for the ticket in flight: it is not published again.
    """
    ticket = a_ticket()
    pipeline.hold()

    first = await client.process(ticket, headers={"Prefer": "wait=0"})
    pipeline.release()
    second = await client.process(ticket, headers={"Prefer": "wait=15"})

    assert [first.status, second.status] == [504, 200]
    assert second.headers["Preference-Applied"] == "wait=15"
    assert pipeline.taken[ticket["ticket_id"]] == 1


async def test_a_caller_who_goes_away(client: Client, pipeline: EchoPipeline) -> None:
    """
    A client that disconnects leaves nothing waiting; its ticket is processed all the same.
    """
    before = _waiting()
    ticket = a_ticket()
    pipeline.hold()
    call = asyncio.create_task(client.process(ticket))
    await until(lambda: _waiting() == before + 1)

    call.cancel()
    await until(lambda: _waiting() == before)

    pipeline.release()
    assert (await client.process(ticket)).status == 200
    assert pipeline.taken[ticket["ticket_id"]] == 1


async def test_ending_tells_who_still_waits(
    quick: Settings, session: aiohttp.ClientSession
) -> None:
    """
    At the end callers are told that their tickets are queued, and not cut off.
    """
    async with Sidecar(quick) as sidecar:
        before = _waiting()
        call = asyncio.create_task(Client(sidecar.url, session).process(a_ticket()))
        await until(lambda: _waiting() == before + 1)

    assert (await call).status == 504


# What is refused


# Helpers


def _result_id(ticket: dict[str, Any]) -> str:
    incoming = IncomingTicket.model_validate(ticket)
    return event_id(PROCESSED.ce_type, incoming, input_identity(incoming, []))


def _waiting() -> float:
    return REGISTRY.get_sample_value("ticketstream_process_waiting") or 0
