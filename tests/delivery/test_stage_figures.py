"""What is shown of a stage before and while it works."""

from __future__ import annotations

from prometheus_client import REGISTRY

from streams.delivery.stage_figures import OUTCOMES, StageFigures
from streams.errors import Unavailable
from tests.support.figures_of import counted

STAGE = {"stage": "shown"}


def test_outcomes_are_there_before_the_first_one() -> None:
    """
    So the first dead letter is an increase, and no series that begins.
    """
    figures = StageFigures("shown", 64)
    for outcome in OUTCOMES:
        out = {**STAGE, "outcome": outcome}
        assert REGISTRY.get_sample_value("ticketstream_stage_out_total", out) == 0.0
    assert counted("ticketstream_stage_slots", **STAGE) == 64

    figures.ended("done")
    assert counted("ticketstream_stage_out_total", **STAGE, outcome="done") == 1


def test_a_held_message() -> None:
    """
    It counts as held while it waits, and each wait as a retry.
    """
    figures = StageFigures("holding", 1)
    for tries in (1, 2):
        with figures.held(Unavailable("away")):
            assert counted("ticketstream_stage_held", stage="holding", error="Unavailable") == 1
        retries = {"stage": "holding", "reason": "Unavailable"}
        assert counted("ticketstream_stage_retries_total", **retries) == tries
    assert counted("ticketstream_stage_held", stage="holding", error="Unavailable") == 0


def test_what_kafka_does_not_tell_is_not_shown() -> None:
    """
    The embedded broker tells no retention, and 0 would be an alarm.
    """
    name, labels = "ticketstream_stage_retention_seconds", {"stage": "untold"}
    figures = StageFigures("untold", 1)
    figures.kept(None)
    assert REGISTRY.get_sample_value(name, labels) is None

    figures.kept(60.0)
    assert REGISTRY.get_sample_value(name, labels) == 60.0
