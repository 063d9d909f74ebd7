"""What `ticketstream check` says of the dollars."""

from __future__ import annotations

from streams.backends.day_account import DayAccount
from streams.backends.kafka.spending_topic import SpendingTopic
from streams.cli.check.budget import look_at_budget
from streams.settings import Settings


async def test_without_a_limit(settings: Settings) -> None:
    """
    It names the setting, and asks Kafka for nothing.
    """
    (embedded,) = await look_at_budget(Settings(kafka_brokers="localhost:1"))
    (unlimited,) = await look_at_budget(Settings(kafka_brokers="localhost:1", llm="openai"))

    assert "nothing is spent" in embedded.detail
    assert "TICKETSTREAM_DAILY_DOLLARS" in unlimited.detail
    assert embedded.status == unlimited.status == "ok"


async def test_a_limit_of_less_than_a_cent(settings: Settings) -> None:
    """
    A small sum is not shown as nothing.
    """
    limited = settings.model_copy(update={"llm": "openai", "daily_dollars": 0.002})
    (day,) = await look_at_budget(limited)

    assert day.detail == "$0.00 of $0.002 are spent today (UTC)"


async def test_what_is_spent_of_the_day(settings: Settings) -> None:
    """
    All workers' dollars count; when nothing is left, it says until when.
    """
    limited = settings.model_copy(
        update={"llm": "openai", "daily_dollars": 5.0, "ticket_dollars": 0.2}
    )
    day, ticket = await look_at_budget(limited)
    assert (day.status, day.detail) == ("ok", "$0.00 of $5.00 are spent today (UTC)")
    assert ticket.detail == "at most $0.2 for a ticket"

    for dollars in (2.0, 3.5):
        account = DayAccount(5.0)
        async with SpendingTopic(settings, account):
            await account.current(30)
            account.pay(dollars)
    day, _ = await look_at_budget(limited)
    assert day.status == "warning"
    assert day.detail.startswith("$5.50 of $5.00 are spent today (UTC): tickets go on without")
    assert "TICKETSTREAM_DAILY_DOLLARS" in day.mend
