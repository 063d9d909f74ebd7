"""
Errors, sorted by what we do about them.

* TicketError
  x Unprocessable   the message is at fault  -> dead-letter it, go on
  x Unavailable     the world is at fault    -> wait, try the same one again
    x RateLimited   it serves others first -> wait as long as it said, with fewer calls
    x Refused       credentials or quota are -> wait, and say it loudly: a person must mend it
  x BadAnswer       the model is at fault    -> one repair, then the embedded step
  x BudgetSpent     no money is left for it  -> the embedded step
* ConfigurationError  a person must mend a setting, file or topic -> say how, and end

No message of these contains customer text, names, addresses or keys.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from schemas import StageReport


class TicketError(Exception):
    """A ticket cannot go on as it is."""


class Unprocessable(TicketError):
    """The message is at fault: it goes to the dead letters, and the next one goes on."""


class Unavailable(TicketError):
    """Something we depend on is away: the ticket waits and is tried again."""

    def __init__(
        self, detail: str = "", *, mend: str = "", retry_after: float | None = None
    ) -> None:
        """
        The message is *detail*, and *mend* if there is one.

        Args:
            detail: what is wrong.
            mend: what a person can do about it.
            retry_after: the seconds that it asked us to wait, if it did.
        """
        super().__init__(_sentence(detail, mend))
        self.detail, self.mend = detail, mend
        self.retry_after = retry_after


class RateLimited(Unavailable):
    """Something we depend on is there, and wants fewer calls from us."""


class Refused(Unavailable):
    """
    Something we depend on does not serve us: credentials, quota, or the name of a model.

    A person must mend it. The ticket waits, whatever is done in an outage, because nobody
    would notice otherwise.
    """


class BadAnswer(TicketError):
    """A model answered something that does not fit, and did so again when shown why."""

    def __init__(self, message: str, *, report: StageReport | None = None) -> None:
        """*report*: what the answers took."""
        super().__init__(message)
        self.report = report


class BudgetSpent(TicketError):
    """The dollars are spent that the operator allows for a day or a ticket: no model is called."""

    def __init__(self, message: str, *, report: StageReport | None = None) -> None:
        """*report*: what earlier answers to the same question took."""
        super().__init__(message)
        self.report = report


class ConfigurationError(Exception):
    """A setting, file or topic is wrong. The message says which, and how to mend it."""

    def __init__(self, detail: str = "", *, mend: str = "") -> None:
        """*detail*: what is wrong. *mend*: how to mend it, if *detail* does not say so."""
        super().__init__(_sentence(detail, mend))
        self.detail, self.mend = detail, mend


def _sentence(detail: str, mend: str) -> str:
    return f"{detail}: {mend}" if mend else detail


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield *error* and what it came from, one after the other."""
    at: BaseException | None = error
    while at is not None:
        yield at
        at = at.__cause__ or at.__context__


def fields_at_fault(error: ValidationError) -> str:
    """
    Return *error* as `field: reason; ...`, without any of the values.

    A reason may come from a validator of ours, which never repeats a value either.
    """
    found = each_field_at_fault(error)
    more = [f"and {len(found) - 10} more"] if len(found) > 10 else []
    return "; ".join(found[:10] + more)


def each_field_at_fault(error: ValidationError) -> list[str]:
    """Return `field: reason` for each mistake in *error*, as `fields_at_fault` does."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [f"{'.'.join(map(str, e['loc'])) or 'message'}: {reason_of(e)}" for e in found]


def reason_of(error: ErrorDetails) -> str:
    """Return why, as whoever raised it has said: without pydantic's words in front."""
    return error["msg"].removeprefix("Value error, ")
