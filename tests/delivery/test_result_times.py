"""What is counted of the time that a ticket took."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY

from schemas import IncomingTicket
from schemas.envelope import INPUT_TIME
from streams.delivery.result_times import begin_results, observe_times
from tests.support.echo_pipeline import result
from tests.support.figures_of import counted

OF = {"priority": "P2"}
SECONDS, LEFT = "ticketstream_ticket_seconds", "ticketstream_ticket_sla_left_seconds"
RESULT = result(IncomingTicket(ticket_id="T-1", raw_message="Help."))


@pytest.mark.parametrize(
    ("age", "most"),
    [
        (timedelta(hours=-1), "86400.0"),  # a clock that runs ahead: the whole SLA is left
        (timedelta(hours=9), "57600.0"),
        (timedelta(hours=26), "0.0"),
    ],
)
def test_what_is_left_of_the_sla(age: timedelta, most: str) -> None:
    """
    It is sla_hours, here 24, less the age of the ticket; 0 if the result is late.
    """
    published = (datetime.now(UTC) - age).isoformat().encode()
    under = counted(f"{LEFT}_bucket", **OF, le=most)
    seconds = counted(f"{SECONDS}_sum", **OF)

    observe_times(RESULT, [(INPUT_TIME, published)])

    assert counted(f"{LEFT}_bucket", **OF, le=most) == under + 1
    took = counted(f"{SECONDS}_sum", **OF) - seconds
    assert took == pytest.approx(max(0.0, age.total_seconds()), abs=10)


def test_a_result_without_a_time_is_not_counted() -> None:
    """
    An older worker's events do not say when their ticket came.
    """
    before = counted(f"{SECONDS}_count", **OF)

    observe_times(RESULT, [])

    assert counted(f"{SECONDS}_count", **OF) == before


def test_results_are_there_before_the_first_one() -> None:
    """
    So the first late result of a priority is a rise, and no series that begins.
    """
    begin_results()

    for priority in ("P1", "P2", "P3"):
        for name in (f"{SECONDS}_count", f"{LEFT}_count"):
            assert REGISTRY.get_sample_value(name, {"priority": priority}) is not None
    for verdict in ("passed", "warning", "failed"):
        of = {"compliance": verdict}
        assert REGISTRY.get_sample_value("ticketstream_ticket_verdicts_total", of) is not None
