"""
`ticketstream up`: everything at once, to be tried out.

An embedded Kafka and the sidecar in this process, and the stages in two worker processes of
their own, are the same parts that run for themselves in production. The tickets of the sample,
or the user's own, go through, and after that any ticket that comes over HTTP or Kafka. Nothing
is kept when it ends.
"""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

from health.sidecar import Sidecar
from streams.backends.kafka.embedded_broker import EmbeddedBroker
from streams.cli import running_up
from streams.cli.exit_codes import DONE, INTERRUPTED, PARTLY, TERMINATED
from streams.cli.up import texts
from streams.cli.up.display import Display
from streams.cli.up.parts import workers
from streams.cli.up.score import Score, expected_of
from streams.cli.up.sources import Sources, publish_articles, sample_folder
from streams.cli.up.tour import Tour
from streams.errors import ConfigurationError, Unavailable
from streams.service import shutdown
from streams.settings import Settings

FETCH_WAIT_MS = 10
"""The embedded cluster answers a fetch only when its wait is over, which every stage adds."""


async def run_everything(
    settings: Settings, sources: Sources, *, once: bool, port: int | None
) -> int:
    """
    Run everything until Ctrl-C, or with *once* until every ticket of *sources* is out.

    Returns the process's exit code: 1 with *once* if an article or a ticket was broken or
    became a dead letter; 130 or 143 if a signal ended it before the tickets were out.

    Raises:
        ConfigurationError: A setting is wrong, a port is taken, or there are no articles.

        stdio.ReaderGone, stdio.Unwritable: Nothing more can be shown.

        Unavailable: A worker has ended by itself, or not well.
    """
    folder = _folder()
    asked = shutdown.requested()
    stop = asyncio.create_task(asked.wait())
    with EmbeddedBroker(settings) as broker:
        settings = _everything_here(settings, broker.brokers, port)
        good, broken = await publish_articles(settings, sources)
        display = Display(
            Score(expected_of(sample_folder() / "expected.jsonl")) if sources.is_sample else None
        )
        for line in texts.introduction(settings, sources, good, broken):
            display.say(line)
        tour = Tour(settings, sources, display)
        async with (
            workers(settings) as ended,
            Sidecar(settings, port_from="--port") as sidecar,
        ):
            here = running_up.Up(os.getpid(), settings.kafka_brokers, sidecar.url, folder)
            with running_up.announced(here):
                touring = asyncio.create_task(tour.run(url=sidecar.url, once=once))
                unheard = asyncio.create_task(display.failed())
                await _first(touring, unheard, ended, stop)
                if ended.done() and not stop.done():
                    raise Unavailable("a worker has ended: what it said last says why")
    if touring.cancelled():
        if tour.is_through and not once:
            return DONE
        return TERMINATED if asked.by == signal.SIGTERM else INTERRUPTED
    return PARTLY if broken or tour.failed else DONE


async def _first(*tasks: asyncio.Task[Any]) -> None:
    """Return when one of *tasks* is done and the others are cancelled; raise what it raised."""
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in set(tasks) - done:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        await task


def _folder() -> str:
    """Return the working directory, in which the workers begin."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        raise ConfigurationError(
            "the working directory does not exist any more: change to another one"
        ) from None


def _everything_here(settings: Settings, brokers: str, port: int | None) -> Settings:
    """Return *settings* for parts that are all on this machine."""
    own: dict[str, object] = {
        **running_up.connection(brokers),
        "worker_http_port": 0,  # there are two of them
        "instance_id": "",  # nothing outlives the broker
    }
    if "fetch_wait_ms" not in settings.model_fields_set:
        own["fetch_wait_ms"] = FETCH_WAIT_MS
    if "loop_messages" not in settings.model_fields_set:
        own["loop_messages"] = 0  # whoever tries something out sends one ticket many times
    if port is not None:
        own["sidecar_http_port"] = port
    return settings.model_copy(update=own)
