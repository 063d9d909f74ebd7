"""
Rights that are taken away while a worker or a sidecar runs. `test_rights.py` does it on a real
Kafka.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from streams.backends.kafka import rights, rights_watch
from streams.backends.kafka.connection import Forbidden
from streams.backends.kafka.rights import Right
from streams.backends.kafka.rights_watch import RightsWatch
from streams.errors import ConfigurationError, Unavailable
from streams.settings import Settings
from tests.support.stages import eventually

WRITE = Right("topic", "triaged-tickets", "Write")
READ = Right("group", "ticketstream-triage", "Read")
LACKS, OTHER = ({WRITE: False, READ: True}, {WRITE: True, READ: False})
ALL = {WRITE: True, READ: True}
AWAY = Unavailable("it is away")

Said = Mapping[Right, bool] | Exception


class Kafka:
    """What Kafka says, one after the other, when it is asked; then the last of it again."""

    def __init__(self, *says: Said) -> None:
        self._says = list(says)
        self.asked: list[tuple[str, ...]] = []

    async def held(self, _: Settings, *parts: str) -> Mapping[Right, bool]:
        """Return or raise what comes next."""
        self.asked.append(parts)
        await asyncio.sleep(0)
        said = self._says.pop(0) if len(self._says) > 1 else self._says[0]
        if isinstance(said, Exception):
            raise said
        return said


def missing(*lacks: Right) -> Forbidden:
    """Return what is said of these rights."""
    return rights.forbidden(Settings(), lacks)


def refuses() -> float | None:
    """Return what the metric says of Kafka."""
    return REGISTRY.get_sample_value("ticketstream_backend_refuses", {"backend": "kafka"})


async def test_what_is_missing_is_said_once() -> None:
    """
    The log has it when it changes, with what gives it, and says when nothing is missing any more;
    the metric is 1 meanwhile, and 0 from the start on.
    """
    kafka = Kafka(ALL, LACKS, LACKS, OTHER, ALL, ALL)
    watch = RightsWatch(Settings(), "triage", "policy", ask=kafka.held)
    refusals: list[Mapping[str, str]] = []
    metric = [refuses()]
    with capture_logs() as logs:
        for _ in range(6):
            await watch.look()
            refusals.append(dict(watch.refusals()))
            metric.append(refuses())

    write, read = missing(WRITE), missing(READ)
    lacks, other = {"kafka": str(write)}, {"kafka": str(read)}
    assert refusals == [{}, lacks, lacks, other, {}, {}]
    assert metric == [0, 0, 1, 1, 1, 0, 0]
    assert [(line["log_level"], line.get("lacks"), line.get("mend")) for line in logs] == [
        ("error", write.detail, write.mend),
        ("error", read.detail, read.mend),
        ("info", None, None),
    ]
    assert set(kafka.asked) == {("triage", "policy")}


async def test_two_looks_at_once() -> None:
    """
    A stage that has crashed looks, and so does the watch: the log has it once.
    """
    watch = RightsWatch(Settings(), "triage", ask=Kafka(LACKS).held)
    with capture_logs() as logs:
        await asyncio.gather(watch.look(), watch.look())

    assert [line["lacks"] for line in logs] == [missing(WRITE).detail]


@pytest.mark.parametrize(
    "silence", [AWAY, ConfigurationError("no such user"), {}, {READ: True}], ids=str
)
async def test_while_kafka_does_not_answer(silence: Said) -> None:
    """
    What it does not tell of has not changed: what was missing still counts as missing, and nothing
    is made up, whether it tells nothing or leaves out one topic or group.
    """
    kafka = Kafka(silence, LACKS, silence, OTHER, silence, ALL)
    watch = RightsWatch(Settings(), "triage", ask=kafka.held)
    found, metric = [], []
    for _ in range(4):
        await watch.look()
        found.append(watch.refusals().get("kafka"))
        metric.append(refuses())

    assert found == [None, str(missing(WRITE)), str(missing(WRITE)), str(missing(READ))]
    assert metric == [0, 1, 1, 1]


async def test_what_a_sidecar_can_do_without() -> None:
    """
    It is logged once, and counts as no refusal.
    """
    who = Right("group", "ticketstream-triage", "Describe")
    watch = RightsWatch(Settings(), "sidecar", ask=Kafka({WRITE: True, who: False}).held)
    with capture_logs() as logs:
        for _ in range(2):
            await watch.require()

    assert [(line["log_level"], line["reason"]) for line in logs] == [
        ("warning", str(missing(who)))
    ]
    assert (watch.missing, refuses()) == (None, 0)


async def test_who_requires_the_rights_is_told_each_time() -> None:
    """
    The error is raised again and again, and gets no longer by that.
    """
    watch = RightsWatch(Settings(), "triage", ask=Kafka(LACKS).held)
    depths = []
    for _ in range(3):
        with pytest.raises(Forbidden) as error:
            await watch.require()
        depths.append(len(error.traceback))

    assert len(set(depths)) == 1


async def test_looks_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    It goes on when Kafka was away, until it is cancelled.
    """
    monkeypatch.setattr(rights_watch, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(rights_watch, "REST_SECONDS", 0.01)
    await _is_found(RightsWatch(Settings(), "triage", ask=Kafka(AWAY, LACKS).held))


async def test_whoever_doubts_has_it_look_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    It looks long before its time, and not more often than it may, however many doubt.
    """
    monkeypatch.setattr(rights_watch, "REST_SECONDS", 0.2)
    kafka = Kafka(ALL)
    watch = RightsWatch(Settings(), "triage", ask=kafka.held)
    watching = asyncio.create_task(watch.run())
    try:
        for _ in range(50):
            watch.doubt()
            await asyncio.sleep(0.01)
    finally:
        watching.cancel()

    assert 2 <= len(kafka.asked) <= 5


async def _is_found(watch: RightsWatch) -> None:
    """Return when *watch*, at work, has found that a right is missing."""
    watching = asyncio.create_task(watch.run())

    async def is_known() -> bool:
        return watch.missing is not None

    try:
        await eventually(is_known, every=0.01)
    finally:
        watching.cancel()
