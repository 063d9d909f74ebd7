"""What is known of a run while it goes on."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from bench.chaos.ledger import MESSAGE
from bench.chaos.tickets import IncomingMessage
from bench.chaos.topics import SteadyPublisher
from bench.chaos.watch import Watch
from schemas.topics import DEAD_LETTERS, PROCESSED
from streams.backends.kafka import names
from streams.settings import Settings
from tests.support.kafka import Broker


async def test_it_counts_messages_that_are_out(brokers: Broker, settings: Settings) -> None:
    """
    Each message counts once, on whichever topic it came out and however often.
    """
    told: list[tuple[int, int]] = []
    watch = Watch(lambda out, of: told.append((out, of)))
    watch.expected = 2
    where = [names.topic(settings, topic) for topic in (PROCESSED, DEAD_LETTERS)]

    async with watch.following(brokers.brokers, where):
        for topic in (*where, where[0]):
            letter = IncomingMessage(b"T", b"{}", ((MESSAGE, topic.encode()),))
            await SteadyPublisher(brokers.brokers, topic).publish([letter], rate=100)
        async with asyncio.timeout(60):
            while told[-1:] != [(2, 2)]:  # noqa: ASYNC110  # it is told to us by a thread
                await asyncio.sleep(0.02)

    assert max(out for out, _ in told) == 2
    assert all(a <= b for (a, _), (b, _) in pairwise(told))


async def test_nothing_comes(brokers: Broker, settings: Settings) -> None:
    """
    Without an outcome it says so, and ends with the block all the same.
    """
    told: list[int] = []
    watch = Watch(lambda out, of: told.append(out))

    async with watch.following(brokers.brokers, [names.topic(settings, PROCESSED)]):
        async with asyncio.timeout(60):
            while not told:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        quiet = watch.quiet_seconds
        await asyncio.sleep(0.02)
        assert watch.quiet_seconds > quiet

    assert set(told) == {0}
