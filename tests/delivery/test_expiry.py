"""A ticket that is too old is refused, where the operator wants that."""

from __future__ import annotations

import time

import pytest

from streams.delivery.expiry import Expired, refuse_expired

HOUR = 3600.0


def test_a_ticket_that_is_too_old_is_refused() -> None:
    """
    The reason says the limit, and nothing of the ticket.
    """
    with pytest.raises(Expired, match=r"^older than 2\.5 hours$"):
        refuse_expired(time.time() - 2.6 * HOUR, 2.5)


@pytest.mark.parametrize(
    ("hours_ago", "limit"),
    [
        pytest.param(2.4, 2.5, id="young enough"),
        pytest.param(-1.0, 2.5, id="from a clock that is ahead"),
        pytest.param(10_000.0, None, id="without a limit"),
    ],
)
def test_any_other_is_taken(hours_ago: float, limit: float | None) -> None:
    """
    By default no ticket is too old.
    """
    refuse_expired(time.time() - hours_ago * HOUR, limit)


@pytest.mark.parametrize("published", [None, -0.001])
def test_a_message_without_a_time_is_taken(published: float | None) -> None:
    """
    Old producers give none, which Kafka tells as -1 ms: that is not 1969.
    """
    refuse_expired(published, 1.0)
