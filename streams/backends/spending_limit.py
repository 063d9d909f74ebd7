"""
The spending limit: asked before each call of the language model, told what each one cost.

    the day     dollars that all workers together may spend, in `day_account.py`
    the ticket  dollars that all calls for one ticket may cost: both stages', repairs, and those
                for later messages

A ticket's calls are counted where they are made. What an earlier stage has paid comes with the
ticket, so a worker knows it although another one has made that call. After a restart it knows of
earlier messages of a ticket nothing more.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog

from streams.backends.day_account import DayAccount
from streams.errors import BudgetSpent, TicketError

MOST_TICKETS = 10_000
"""Tickets of which it is remembered what they cost; then the one is forgotten that cost longest
ago."""

log = structlog.get_logger()


class AccountBehind(TicketError):
    """What others have spent is not known just now: ask again when it is."""


@dataclass(frozen=True)
class Payer:
    """Whose calls they are."""

    tenant: str
    ticket_id: str
    stage: str
    before: Mapping[str, float] = field(default_factory=dict)
    """Dollars that earlier stages have paid for the same message."""


class SpendingLimit:
    """What may be spent on a day and on a ticket. Without limits, all may."""

    def __init__(self, day: DayAccount | None = None, ticket_dollars: float | None = None) -> None:
        self._day = day
        self._ticket_dollars = ticket_dollars
        self._tickets: OrderedDict[tuple[str, str], dict[str, float]] = OrderedDict()

    async def ready(self, seconds: float) -> None:
        """
        Return when it is known what other workers have spent.

        Raises:
            Unavailable: It is not after so many *seconds*.
        """
        if self._day:
            await self._day.current(seconds)

    def require(self, payer: Payer | None) -> None:
        """
        Return if a call for *payer* may be made.

        Raises:
            BudgetSpent: The dollars of the day or of the ticket are spent.

            AccountBehind: What others have spent is not known.
        """
        if self._day and self._day.is_spent:
            raise BudgetSpent(f"the {self._day.limit:g} dollars of this day are spent")
        most = self._ticket_dollars
        if payer and most is not None and self.spent_on(payer) >= most:
            log.info("ticket has cost enough", ticket_id=payer.ticket_id, stage=payer.stage)
            raise BudgetSpent(f"the {most:g} dollars of this ticket are spent")
        if self._day and not self._day.is_current:
            raise AccountBehind("what other workers have spent is not known")

    def pay(self, payer: Payer | None, dollars: float) -> None:
        """Count what a call for *payer* has cost."""
        if self._day:
            self._day.pay(dollars)
        if self._ticket_dollars is None or not payer:
            return
        known = self._tickets.setdefault((payer.tenant, payer.ticket_id), {})
        known[payer.stage] = known.get(payer.stage, 0.0) + dollars
        self._tickets.move_to_end((payer.tenant, payer.ticket_id))
        while len(self._tickets) > MOST_TICKETS:
            self._tickets.popitem(last=False)

    def spent_on(self, payer: Payer) -> float:
        """Return what the calls for a ticket have cost, as far as it is known here."""
        here = self._tickets.get((payer.tenant, payer.ticket_id), {})
        stages = here.keys() | payer.before.keys()
        return sum(max(here.get(s, 0.0), payer.before.get(s, 0.0)) for s in stages)
