"""How the brokers are and, if they serve us, all that is in them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing

from schemas.topics import INCOMING
from streams.backends.kafka import admin, clients, connection
from streams.cli.check.diagnosis import Diagnosis, Findings, diagnose
from streams.settings import Settings

_SAFE = 3
"""Brokers with which no ticket is lost when one is."""


async def look_at_brokers(here: Settings, parts: Sequence[str] = ()) -> Findings:
    """Look at the brokers and, if they answer, at all in them that *parts* need."""
    is_embedded = False

    async def brokers(_: Settings) -> list[Diagnosis]:
        nonlocal is_embedded
        if fault := await connection.connection_fault(here):
            raise fault
        count, is_embedded = await admin.count_brokers(here), await admin.is_embedded(here)
        return [_brokers(here, count, is_embedded)]

    found = await diagnose("kafka", brokers, here)
    if found[0][1].status in ("wrong", "away"):
        why = "does not answer" if found[0][1].status == "away" else "cannot be used"
        skipped = Diagnosis("skipped", f"not tried: Kafka {why}")
        return [*found, *((name, skipped) for name in ("topics", "rights", "groups"))]
    return found + await (_embedded(here) if is_embedded else _cluster(here, parts))


def _brokers(here: Settings, count: int, is_embedded: bool) -> Diagnosis:
    if is_embedded:
        return Diagnosis("ok", f"embedded, at {here.kafka_brokers}: it keeps nothing when it ends")
    if count < _SAFE:
        return Diagnosis(
            "warning",
            f"{count} at {here.kafka_brokers}: a broker that is lost takes tickets with it",
            f"in production, have {_SAFE}",
        )
    return Diagnosis("ok", f"{count} at {here.kafka_brokers}")


async def _embedded(here: Settings) -> Findings:
    """Look at what the embedded broker tells, which has no policies and no rights."""

    async def topics(_: Settings) -> list[Diagnosis]:
        await admin.verify_topics(here)
        return [Diagnosis("ok", "all there")]

    async def groups(_: Settings) -> list[Diagnosis]:
        async with aclosing(clients.lags(here, INCOMING, "triage")) as lags:
            lag = await anext(lags)
        return [Diagnosis("ok", f"triage: {lag:,} behind")]

    return [
        *await diagnose("topics", topics, here),
        ("rights", Diagnosis("ok", "the embedded Kafka asks for none")),
        *await diagnose("groups", groups, here),
    ]


async def _cluster(here: Settings, parts: Sequence[str]) -> Findings:
    from streams.cli.check.kafka import Inspection  # only here: it is slow to import

    inspection = Inspection(here, parts)

    async def topics(_: Settings) -> list[Diagnosis]:
        await inspection.ask()
        return list(inspection.topics())

    async def groups(_: Settings) -> list[Diagnosis]:
        return await inspection.groups()

    found = await diagnose("topics", topics, here)
    if not inspection.has_answered:
        skipped = Diagnosis("skipped", "not tried: Kafka does not tell of its topics")
        return [*found, ("rights", skipped), ("groups", skipped)]
    found += [("rights", one) for one in inspection.rights()]
    return found + await diagnose("groups", groups, here)
