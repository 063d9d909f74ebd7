"""The day's account: the sum of what workers tell, and when it is too old to spend by."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from schemas import Spending
from streams.backends.day_account import HEARD_SECONDS, DayAccount
from streams.errors import Unavailable
from tests.support.figures_of import counted

TODAY = date(2026, 11, 30)


class Time:
    """The day and the seconds that an account is told."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)
        self.seconds = 0.0


@pytest.fixture
def time() -> Time:
    """Return the clock of `account`."""
    return Time()


@pytest.fixture
def account(time: Time) -> DayAccount:
    """Return an account of 10 dollars a day, on which everything has been heard."""
    made = DayAccount(10.0, now=lambda: time.now, clock=lambda: time.seconds)
    made.read_to_end()
    return made


def told(dollars: float, worker: str = "other", day: date = TODAY) -> Spending:
    """Return what a worker tells."""
    return Spending(day=day, worker=worker, dollars=dollars)


def test_what_all_workers_have_spent_is_the_sum_of_their_last_totals(account: DayAccount) -> None:
    """
    A total that comes twice, or after a later one, counts nothing twice.
    """
    for one in (told(1), told(3), told(3), told(2), told(4, "third")):
        account.hear(one)
    account.pay(0.5)
    account.pay(0.25)
    account.hear(account.own()[0])

    assert account.spent == 7.75
    assert counted("ticketstream_budget_spent_dollars") == 7.75
    assert counted("ticketstream_budget_limit_dollars") == 10


def test_a_spent_day_is_said_once_and_ends_at_midnight(account: DayAccount, time: Time) -> None:
    """
    The next day begins at 00:00 UTC, by itself.
    """
    account.hear(told(9.99))
    assert (account.is_spent, account.status) == (False, "healthy")

    account.hear(told(10))
    with capture_logs() as logs:
        assert [account.is_spent for _ in range(3)] == [True] * 3
    assert [log["log_level"] for log in logs] == ["warning"]
    assert account.status == "the 10 dollars of this day are spent"

    time.now += timedelta(minutes=1)
    with capture_logs() as logs:
        assert [account.is_spent for _ in range(3)] == [False] * 3
    assert [log["event"] for log in logs] == ["a new day: the language model is called again"]
    assert account.spent == 0


def test_a_worker_whose_clock_is_ahead_spends_of_its_own_day(account: DayAccount) -> None:
    """
    A total counts to the day that it names.
    """
    account.hear(told(10, day=TODAY + timedelta(days=1)))
    assert account.spent == 0


async def test_nobody_spends_before_all_has_been_heard() -> None:
    """
    A worker that has just started may be the one that overshoots.
    """
    account = DayAccount(10.0)
    assert not account.is_current
    with pytest.raises(Unavailable):
        await account.current(0.01)
    account.read_to_end()
    await account.current(0.01)


def test_nobody_spends_whose_own_total_does_not_come_back(account: DayAccount, time: Time) -> None:
    """
    Then the others do not hear it either, or this worker does not hear them.
    """
    account.pay(1)
    assert account.is_current
    time.seconds += HEARD_SECONDS
    assert not account.is_current
    assert account.status == "what other workers have spent is not known"

    account.hear(told(0.5, account.worker))
    assert not account.is_current
    account.hear(told(1, account.worker))
    assert account.is_current


def test_a_worker_that_spends_all_the_time_is_current(account: DayAccount, time: Time) -> None:
    """
    What it has told is always a little less than what it has spent.
    """
    for _ in range(100):
        account.pay(0.01)
        (before,) = account.own()
        time.seconds += HEARD_SECONDS / 3
        account.pay(0.01)
        account.hear(before)
        assert account.is_current


def test_what_was_paid_before_midnight_is_still_told(account: DayAccount, time: Time) -> None:
    """
    Yesterday's total stays until it has been told; days before that are forgotten.
    """
    account.pay(1)
    time.now += timedelta(minutes=2)
    account.pay(2)
    assert {one.day: one.dollars for one in account.own()} == {
        TODAY: 1,
        TODAY + timedelta(days=1): 2,
    }

    time.now += timedelta(days=1)
    account.hear(told(1, "x", TODAY + timedelta(days=2)))
    assert [one.dollars for one in account.own()] == [2]
