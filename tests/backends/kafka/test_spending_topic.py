"""Workers tell one another through Kafka what they have spent."""

from __future__ import annotations

import asyncio

from structlog.testing import capture_logs

from schemas import Spending
from schemas.topics import SPENDING
from streams.backends.day_account import DayAccount
from streams.backends.kafka import clients, names
from streams.backends.kafka.embedded_broker import EmbeddedBroker
from streams.backends.kafka.spending_topic import SpendingTopic, read_account
from streams.settings import Settings
from tests.support.stages import eventually, read


async def heard(account: DayAccount, dollars: float) -> None:
    """Return when *account* knows of so many *dollars*."""

    async def are_known() -> bool:
        return account.spent == dollars

    await eventually(are_known, every=0.01)


async def test_every_worker_knows_what_all_have_spent(settings: Settings) -> None:
    """
    One that starts later knows it before it makes its first call.
    """
    one, other, late = (DayAccount(10.0) for _ in range(3))
    async with SpendingTopic(settings, one), SpendingTopic(settings, other):
        await asyncio.gather(one.current(30), other.current(30))
        one.pay(1.5)
        other.pay(0.25)
        await asyncio.gather(heard(one, 1.75), heard(other, 1.75))
        async with SpendingTopic(settings, late):
            await late.current(30)
            assert late.spent == 1.75


async def test_what_is_spent_is_known_to_others_within_a_second(settings: Settings) -> None:
    """
    The overshoot that the documentation states rests on it.
    """
    one, other = DayAccount(10.0), DayAccount(10.0)
    async with SpendingTopic(settings, one), SpendingTopic(settings, other):
        await asyncio.gather(one.current(30), other.current(30))
        for dollars in range(1, 6):
            one.pay(1)
            async with asyncio.timeout(1):
                await heard(other, dollars)


async def test_the_last_total_is_told_before_a_worker_ends(settings: Settings) -> None:
    """
    What was paid while it drained is not forgotten; a total that grew fast is one message.
    """
    account = DayAccount(1_000.0)
    async with SpendingTopic(settings, account):
        await account.current(30)
        for _ in range(100):
            account.pay(1)
    records = await read(settings, SPENDING, 1)
    assert len(records) < 10
    assert records[-1].key == account.own()[0].key
    assert Spending.model_validate_json(records[-1].value).dollars == 100


async def test_what_is_no_total_says_nothing(settings: Settings) -> None:
    """
    Whoever writes something else there does not stop the workers.
    """
    account = DayAccount(10.0)
    async with clients.producer(settings) as producer:
        for value in (b"{", None, b'{"day": "2026-11-30", "worker": "x", "dollars": -5}'):
            await producer.send_and_wait(names.topic(settings, SPENDING), value, key=b"x")
    with capture_logs() as logs:
        await read_account(settings, account)
    assert account.is_current
    assert account.spent == 0
    assert len(logs) == 3


async def test_nobody_spends_on_while_kafka_is_away() -> None:
    """
    What is not told may be known to nobody: a worker waits, and goes on when it is.
    """
    with EmbeddedBroker(Settings()) as broker:
        settings = Settings(kafka_brokers=broker.brokers)
        account = DayAccount(10.0)
        async with SpendingTopic(settings, account):
            await account.current(30)
            broker.pause()
            try:
                account.pay(1)

                async def is_behind() -> bool:
                    return not account.is_current

                await eventually(is_behind)
            finally:
                broker.resume()
            await account.current(60)
            assert account.spent == 1
