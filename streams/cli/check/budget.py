"""What may be spent on the language model, and what is spent of it today."""

from __future__ import annotations

from schemas.topics import READS
from streams.backends.day_account import DayAccount
from streams.backends.kafka import rights
from streams.backends.kafka.spending_topic import read_account
from streams.cli.check.diagnosis import Diagnosis
from streams.settings import Settings


async def look_at_budget(here: Settings) -> list[Diagnosis]:
    """Return the limits, and what all workers have spent today. Raises Unavailable."""
    if here.llm == "embedded":
        return [Diagnosis("ok", "no model is called, so nothing is spent")]
    found = [await _day(here)] if rights.spends(here, *READS) else []
    if here.ticket_dollars is not None:
        found.append(Diagnosis("ok", f"at most ${here.ticket_dollars:g} for a ticket"))
    return found or [Diagnosis("ok", "no limit: TICKETSTREAM_DAILY_DOLLARS sets one")]


async def _day(here: Settings) -> Diagnosis:
    account = DayAccount(here.daily_dollars or 0.0)
    await read_account(here, account)
    told = f"{_dollars(account.spent)} of {_dollars(account.limit)} are spent today (UTC)"
    if account.spent < account.limit:
        return Diagnosis("ok", told)
    return Diagnosis(
        "warning",
        f"{told}: tickets go on without the language model until 00:00 UTC",
        "raise TICKETSTREAM_DAILY_DOLLARS and restart the workers, or wait for the next day",
    )


def _dollars(sum_: float) -> str:
    """Return a sum with its cents, or with two digits where it is less than a dollar."""
    return f"${sum_:.2g}" if 0 < sum_ < 1 else f"${sum_:,.2f}"
