"""The figures of `GET /api/v1/tickets/metrics`."""

from __future__ import annotations

import pytest

from health.calls.figures import QUANTILES_OVER, Tallies, Tally
from schemas import IncomingTicket, Meta, StageReport, TicketOutput
from tests.health.conftest import Client, a_ticket
from tests.support.echo_pipeline import EchoPipeline, result


async def test_the_metrics_call(client: Client, pipeline: EchoPipeline) -> None:
    """
    Results are counted by outcome and by what they say, with the seconds of each stage.
    """
    await client.process(a_ticket())
    await client.process(a_ticket())
    await client.process(a_ticket(metadata={"echo": "dead-letter"}))

    assert (await client.get("/api/v1/tickets/metrics")).body == {
        "total": 3,
        "outcomes": {"processed": 2, "dead_letter": 1},
        "priority": {"P2": 2},
        "category": {"Billing": 2},
        "compliance": {"warning": 2},
        "stages": {"triage": {"count": 2, "mean": 0.25, "p50": 0.25, "p95": 0.25, "max": 0.25}},
    }


def a_result(*stages: tuple[str, float], priority: str = "P2") -> TicketOutput:
    """Return a result whose stages took these seconds."""
    meta = Meta(stages={name: StageReport(backend="b", seconds=took) for name, took in stages})
    made = result(IncomingTicket(ticket_id="T", raw_message="x"), meta if stages else None)
    triage = made.triage.model_copy(update={"priority": priority})
    return made.model_copy(update={"triage": triage})


def test_nothing_yet() -> None:
    """
    Before the first result all is zero, and nothing is divided by it.
    """
    figures = Tally().figures()

    assert (figures.total, figures.outcomes) == (0, {"processed": 0, "dead_letter": 0})
    assert (figures.priority, figures.category, figures.stages) == ({}, {}, {})


def test_a_result_that_does_not_say_how_it_came_about() -> None:
    """
    It counts, and leaves what is known of the stages as it is.
    """
    tally = Tally()
    tally.processed(a_result(("triage", 2.0)))
    latest = tally.latest
    tally.processed(a_result(priority="P1"))

    assert tally.figures().priority == {"P2": 1, "P1": 1}
    assert tally.figures().stages["triage"].count == 1
    assert tally.latest is latest is not None


@pytest.mark.parametrize("count", [1, 2, 3, 19, 20, 21])
def test_few_durations(count: int) -> None:
    """
    Nearest rank: at least so many per cent are not longer, and it is the shortest of which that
    is so.
    """
    tally = Tally()
    durations = [float(number) for number in range(count)]
    for seconds in reversed(durations):
        tally.processed(a_result(("triage", seconds)))

    found = tally.figures().stages["triage"]

    for quantile, share in ((found.p50, 0.5), (found.p95, 0.95)):
        assert sum(d <= quantile for d in durations) / count >= share
        assert sum(d < quantile for d in durations) / count < share


def test_quantiles_are_of_late() -> None:
    """
    An outage of long ago shows in mean and maximum, and no more in the quantiles.
    """
    tally = Tally()
    for seconds in [60.0, *[1.0] * QUANTILES_OVER]:
        tally.processed(a_result(("triage", seconds)))

    found = tally.figures().stages["triage"]

    assert (found.p50, found.p95, found.max) == (1, 1, 60)
    assert found.mean > 1
    assert found.count == QUANTILES_OVER + 1


def test_each_tenant_has_its_own() -> None:
    """
    A tenant sees what is its own, and nobody else's; without one all is told, also what nobody
    knows whose it is.
    """
    tallies = Tallies(lambda: {"acme", "other"})
    tallies.processed(a_result(priority="P1"), "acme")
    tallies.processed(a_result(), "other")
    tallies.dead_letter("acme")
    tallies.dead_letter(None)

    assert tallies.figures("acme").priority == {"P1": 1}
    assert tallies.figures("acme").outcomes == {"processed": 1, "dead_letter": 1}
    assert tallies.figures("other").total == 1
    assert tallies.figures(None).outcomes == {"processed": 2, "dead_letter": 2}


def test_tenants_without_a_key() -> None:
    """
    Publishers make up tenants: only one that has a key takes memory of its own, from when it has.
    """
    asked: set[str] = set()
    tallies = Tallies(lambda: asked)
    tallies.processed(a_result(), "acme")
    asked.add("acme")
    tallies.processed(a_result(), "acme")

    assert tallies.figures("acme").total == 1
    assert tallies.figures("nobody").total == 0
    assert tallies.figures(None).total == 2


def test_quantiles() -> None:
    """
    p50 and p95 are durations that were seen: the nearest rank.
    """
    tally = Tally()
    for number in range(1, 101):
        meta = Meta(stages={"triage": StageReport(backend="b", seconds=number)})
        tally.processed(result(IncomingTicket(ticket_id="T", raw_message="x"), meta))

    found = tally.figures().stages["triage"]

    assert (found.count, found.mean, found.p50, found.p95, found.max) == (100, 50.5, 50, 95, 100)
