"""Expiry: no money is spent on last month's backlog."""

from __future__ import annotations

from datetime import UTC, datetime

from streams.errors import Unprocessable


class Expired(Unprocessable):
    """The ticket is older than the operator wants to answer."""


def refuse_expired(published: float | None, limit_hours: float | None) -> None:
    """
    Return if a message is young enough.

    Args:
        published: its time, in seconds since the epoch; None or a negative one if it has none.
        limit_hours: the oldest that is answered; None if any is.

    Raises:
        Expired: It is too old.
    """
    if limit_hours is None:
        return
    if published is None or published < 0:  # -1 ms is Kafka's way to say that there is none
        return
    if datetime.now(UTC).timestamp() - published > limit_hours * 3600:
        raise Expired(f"older than {limit_hours:g} hours")
