"""Whether there is money for a call: of the day, and for the ticket."""

from __future__ import annotations

import pytest

from streams.backends import spending_limit
from streams.backends.day_account import DayAccount
from streams.backends.spending_limit import AccountBehind, Payer, SpendingLimit
from streams.errors import BudgetSpent

TRIAGE = Payer("default", "T-1", "triage")


def drafting(triage: float, ticket_id: str = "T-1") -> Payer:
    """Return a ticket in drafting, for which *triage* was paid."""
    return Payer("default", ticket_id, "drafting", {"triage": triage, "retrieval": 0.0})


async def test_without_limits_all_may_be_spent() -> None:
    """
    Nothing is waited for.
    """
    limit = SpendingLimit()
    limit.pay(TRIAGE, 1e9)
    await limit.ready(0)
    limit.require(TRIAGE)


def test_all_calls_for_a_ticket_count() -> None:
    """
    Those of both stages, repairs, and those for its later messages; another ticket's do not.
    """
    limit = SpendingLimit(ticket_dollars=1.0)
    limit.pay(TRIAGE, 0.3)
    limit.pay(TRIAGE, 0.3)
    limit.require(TRIAGE)
    limit.pay(drafting(0.6), 0.4)

    with pytest.raises(BudgetSpent, match="1 dollars of this ticket"):
        limit.require(drafting(0.6))
    with pytest.raises(BudgetSpent):
        limit.require(TRIAGE)
    limit.require(drafting(0.0, "T-2"))
    limit.require(Payer("another", "T-1", "triage"))
    limit.require(None)


def test_what_another_worker_has_paid_comes_with_the_ticket() -> None:
    """
    And is not counted twice where that was this worker.
    """
    limit = SpendingLimit(ticket_dollars=1.0)
    with pytest.raises(BudgetSpent):
        limit.require(drafting(1.0))

    limit.pay(TRIAGE, 0.6)
    assert limit.spent_on(drafting(0.6)) == 0.6
    limit.pay(TRIAGE, 0.2)
    assert limit.spent_on(drafting(0.2)) == 0.8


def test_tickets_are_forgotten_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A worker remembers the last ones, so that its memory does not grow.
    """
    monkeypatch.setattr(spending_limit, "MOST_TICKETS", 2)
    limit = SpendingLimit(ticket_dollars=1.0)
    payers = [Payer("default", f"T-{n}", "triage") for n in range(3)]
    for payer in (payers[0], payers[1], payers[0], payers[2]):
        limit.pay(payer, 0.6)

    assert [round(limit.spent_on(payer), 1) for payer in payers] == [1.2, 0.0, 0.6]


def test_the_day_comes_first() -> None:
    """
    A spent day is known even when others are not heard; else an old account stops the call.
    """
    day = DayAccount(1.0)
    limit = SpendingLimit(day)
    with pytest.raises(AccountBehind):
        limit.require(TRIAGE)
    day.read_to_end()
    limit.require(TRIAGE)
    limit.pay(TRIAGE, 1.0)
    with pytest.raises(BudgetSpent, match="1 dollars of this day"):
        limit.require(TRIAGE)
