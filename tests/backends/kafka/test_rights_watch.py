"""Rights that are taken away while a worker runs. `test_rights.py` does it on a real Kafka."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from streams.backends.kafka import rights_watch
from streams.backends.kafka.connection import Forbidden
from streams.backends.kafka.rights_watch import RightsWatch
from streams.errors import ConfigurationError, Unavailable
from streams.settings import Settings
from tests.support.stages import eventually

LACKS = Forbidden("User:w lacks Write on topic triaged-tickets", mend="kafka-acls --add")
OTHER = Forbidden("User:w lacks Read on group ticketstream-triage", mend="kafka-acls --add")


class Kafka:
    """What Kafka says, one after the other, when it is asked; then the last of it again."""

    def __init__(self, *says: Exception | None) -> None:
        self._says = list(says)
        self.asked: list[tuple[str, ...]] = []

    async def require(self, _: Settings, *parts: str) -> None:
        """Return, or raise what comes next."""
        self.asked.append(parts)
        await asyncio.sleep(0)
        said = self._says.pop(0) if len(self._says) > 1 else self._says[0]
        if said:
            raise said


async def test_what_is_missing_is_said_once() -> None:
    """
    The log has it when it changes, with what gives it, and says when nothing is missing any more.
    """
    kafka = Kafka(None, LACKS, LACKS, OTHER, None, None)
    watch = RightsWatch(Settings(), "triage", "policy", require=kafka.require)
    refusals = []
    with capture_logs() as logs:
        for _ in range(6):
            await watch.look()
            refusals.append(dict(watch.refusals()))

    lacks, other = {"kafka": str(LACKS)}, {"kafka": str(OTHER)}
    assert refusals == [{}, lacks, lacks, other, {}, {}]
    assert [(line["log_level"], line.get("lacks"), line.get("mend")) for line in logs] == [
        ("error", LACKS.detail, LACKS.mend),
        ("error", OTHER.detail, OTHER.mend),
        ("info", None, None),
    ]
    assert set(kafka.asked) == {("triage", "policy")}


async def test_two_looks_at_once() -> None:
    """
    A stage that has crashed looks, and so does the watch: the log has it once.
    """
    watch = RightsWatch(Settings(), "triage", require=Kafka(LACKS).require)
    with capture_logs() as logs:
        await asyncio.gather(watch.look(), watch.look())

    assert [line["lacks"] for line in logs] == [LACKS.detail]


@pytest.mark.parametrize("silence", [Unavailable("it is away"), ConfigurationError("no such user")])
async def test_while_kafka_does_not_answer(silence: Exception) -> None:
    """
    Nobody knows of any change: what was missing still counts as missing, and nothing is made up.
    """
    kafka = Kafka(silence, LACKS, silence, None)
    watch = RightsWatch(Settings(), "triage", require=kafka.require)
    missing = []
    for _ in range(4):
        await watch.look()
        missing.append(watch.missing)

    assert missing == [None, LACKS, LACKS, None]


async def test_looks_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    It goes on when Kafka was away, until it is cancelled.
    """
    monkeypatch.setattr(rights_watch, "LOOK_SECONDS", 0.01)
    kafka = Kafka(Unavailable("it is away"), LACKS)
    watch = RightsWatch(Settings(), "triage", require=kafka.require)
    watching = asyncio.create_task(watch.run())

    async def is_known() -> bool:
        return watch.missing is LACKS

    try:
        await eventually(is_known, every=0.01)
    finally:
        watching.cancel()
