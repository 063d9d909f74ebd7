"""
What a worker's restart costs, without and with a name that it keeps (`instance_id`).

    python -m bench.load.membership --session 30

Runs two workers (triage, embedded backends) on a real Apache Kafka under a steady stream of
tickets to every partition. One of them is ended (SIGKILL, then another time SIGTERM) and started
again at once. Prints, as a line of JSON each, the longest time for which a partition gave no
result: among those of the worker that was ended, and among those of the other one. Without and
with a name run side by side.
"""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from itertools import pairwise
from uuid import uuid4

import click
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from schemas import IncomingTicket
from schemas.topics import DEAD_LETTERS, INCOMING, TRIAGED
from streams.backends.kafka import admin, clients, names
from streams.settings import Settings
from tests.support.kafka import RealKafka
from tests.support.process import environment

PARTITIONS = INCOMING.partitions
EVERY_SECONDS = 0.1
"""A ticket to each partition."""
LOOK_SECONDS = 0.2
JOIN_SECONDS = 90.0
"""Time for a group to have the members that are waited for."""
ANSWER_SECONDS = 3.0
"""Time for an answer about a group; before a cluster has any, librdkafka waits for all of it."""
PROGRAM = "from streams.cli.main import main; main()"
TRIAGE = (INCOMING, TRIAGED, DEAD_LETTERS)
"""The topics of a worker that hosts triage."""


@click.command()
@click.option("--session", default=30.0, show_default=True, help="session_seconds of the workers")
@click.option("--after", default=75.0, show_default=True, help="seconds to watch after the end")
@click.option(
    "--signal",
    "named",
    type=click.Choice(("SIGKILL", "SIGTERM")),
    multiple=True,
    default=("SIGKILL", "SIGTERM"),
    show_default=True,
    help="what ends the worker; may be repeated",
)
def main(session: float, after: float, named: tuple[str, ...]) -> None:
    """Measure restarts."""
    with RealKafka() as broker:
        for name in named:
            number = signal.Signals[name]
            for line in asyncio.run(_side_by_side(broker, number, session, after)):
                click.echo(json.dumps(line))


async def _side_by_side(
    broker: RealKafka, number: signal.Signals, session: float, after: float
) -> list[dict[str, object]]:
    return await asyncio.gather(
        *(_restart(broker, number, session, after, named=named) for named in (False, True))
    )


async def _restart(
    broker: RealKafka, number: signal.Signals, session: float, after: float, *, named: bool
) -> dict[str, object]:
    """Return what was measured of one restart."""
    settings = await a_world(broker, session)
    with ExitStack() as ending:
        first = start_worker(settings, ending, TICKETSTREAM_INSTANCE_ID="one" if named else "")
        (owner,) = await members_of(settings, 1)
        start_worker(settings, ending, TICKETSTREAM_INSTANCE_ID="two" if named else "")
        members = await members_of(settings, 2)
        async with under_load(settings, EVERY_SECONDS) as seen:
            await _under_way(seen)
            ended = time.monotonic()
            first.send_signal(number)
            await asyncio.to_thread(first.wait)
            down = time.monotonic() - ended
            start_worker(settings, ending, TICKETSTREAM_INSTANCE_ID="one" if named else "")
            await asyncio.sleep(after)
    stalls = {p: longest(times, ended - 1) for p, times in seen.items()}
    return {
        "signal": number.name,
        "instance_id": named,
        "session_s": session,
        "seconds_to_end": round(down, 1),
        "its_partitions_stall_s": round(max(stalls[p] for p in members[owner]), 1),
        "other_partitions_stall_s": round(
            max(stall for p, stall in stalls.items() if p not in members[owner]), 1
        ),
    }


async def _under_way(seen: dict[int, list[float]]) -> None:
    """Return once each partition has given a result."""
    async with asyncio.timeout(JOIN_SECONDS):
        while not all(seen.values()):  # noqa: ASYNC110  # the watch tells nobody
            await asyncio.sleep(LOOK_SECONDS)


async def a_world(broker: RealKafka, session: float) -> Settings:
    """Return the settings of workers that have topics of their own, which are there now."""
    settings = Settings(
        kafka_brokers=broker.brokers,
        topic_prefix=f"m{uuid4().hex[:8]}-",
        session_seconds=session,
        log_level="error",
    )
    await admin.create_topics(settings, TRIAGE)
    return settings


def start_worker(
    settings: Settings, ending: ExitStack, program: str = PROGRAM, **variables: str
) -> subprocess.Popen[bytes]:
    """Start a worker that hosts triage; *ending* kills it."""
    process = subprocess.Popen(
        [sys.executable, "-c", program, "worker", "--stage", "triage"],
        env=environment(settings, TICKETSTREAM_WORKER_HTTP_PORT="0", **variables),
    )
    ending.callback(process.wait)
    ending.callback(process.kill)
    return process


@asynccontextmanager
async def under_load(settings: Settings, every: float) -> AsyncIterator[dict[int, list[float]]]:
    """
    Publish a ticket to each partition *every* so many seconds while the block runs.

    Yields when a result of each partition's tickets came out, which grows.
    """
    seen: dict[int, list[float]] = {p: [] for p in range(PARTITIONS)}
    tasks = [
        asyncio.create_task(_publish(settings, every)),
        asyncio.create_task(_watch(settings, seen)),
    ]
    yield seen
    for task in tasks:
        task.cancel()
    for told in await asyncio.gather(*tasks, return_exceptions=True):
        if not isinstance(told, asyncio.CancelledError):
            raise RuntimeError(told)


async def members_of(settings: Settings, count: int | None = None) -> dict[str, set[int]]:
    """
    Return the partitions of each member of triage, once there are *count* that have some.

    Raises:
        RuntimeError: After JOIN_SECONDS, there are others.
    """
    members: dict[str, set[int]] = {}
    until = time.monotonic() + JOIN_SECONDS
    while time.monotonic() < until:
        with suppress(KafkaException):
            members = await asyncio.to_thread(_members, settings)
            if count is None or (len(members) == count and all(members.values())):
                return members
        await asyncio.sleep(LOOK_SECONDS)
    raise RuntimeError(
        f"triage has not come to have {count or 'any'} members with partitions"
        f" in {JOIN_SECONDS:g} s, but {members}"
    )


def _members(settings: Settings) -> dict[str, set[int]]:
    """
    Return the partitions of each member of triage.

    Each look has a client of its own, see `streams.backends.kafka.librdkafka.ask`.
    """
    group = names.group(settings, "triage")
    with AdminClient({"bootstrap.servers": settings.kafka_brokers, "log_level": 0}) as admin:
        asked = admin.describe_consumer_groups([group], request_timeout=ANSWER_SECONDS)
        found = asked[group].result().members
    return {m.member_id: {tp.partition for tp in m.assignment.topic_partitions} for m in found}


async def _publish(settings: Settings, every: float) -> None:
    """Publish a ticket to each partition *every* so many seconds, until cancelled."""
    async with clients.producer(settings) as producer:
        number = 0
        while True:
            for partition in range(PARTITIONS):
                number += 1
                key = f"{partition}-{number}"
                ticket = IncomingTicket(ticket_id=key, raw_message="It does not work.")
                await producer.send(
                    names.topic(settings, INCOMING),
                    ticket.model_dump_json().encode(),
                    key=key.encode(),
                    partition=partition,
                )
            await asyncio.sleep(every)


async def _watch(settings: Settings, seen: dict[int, list[float]]) -> None:
    """Note in *seen* when a result of each partition's tickets comes out, until cancelled."""
    consumer = await clients.follower(settings, [TRIAGED], since="end", fetch_max_wait_ms=20)
    try:
        while True:
            for records in (await consumer.getmany(timeout_ms=100)).values():
                for record in records:
                    seen[int((record.key or b"").split(b"-")[0])].append(time.monotonic())
    finally:
        await consumer.stop()


def longest(times: list[float], since: float) -> float:
    """
    Return the longest pause between *times*, and since the last, of those after *since*.

    Without any *times* it is all the time after *since*.
    """
    now = time.monotonic()
    gaps = pairwise((*times, now))
    return max((after - before for before, after in gaps if after > since), default=now - since)


if __name__ == "__main__":
    main()
