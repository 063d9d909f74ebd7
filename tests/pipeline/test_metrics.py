"""What a worker counts, seen through its stages and its port."""

from __future__ import annotations

import asyncio
import time

from prometheus_client import generate_latest

from schemas import IncomingTicket, TriagedTicket
from schemas.topics import PROCESSED, TRIAGED
from streams.delivery.backlog import BACKLOGS
from streams.errors import Unavailable
from streams.settings import Settings
from streams.worker import Worker
from tests.pipeline.test_pipeline import publish_sample_articles, publish_tickets, sample_tickets
from tests.support.figures_of import counted
from tests.support.stages import (
    all_done,
    eventually,
    held_up,
    on_one_partition,
    publish,
    read,
    running,
    ticket,
    triaged,
)

STAGES = ("triage", "retrieval", "drafting", "policy")


def backlogs(name: str) -> dict[str, float]:
    """Return the values of metric *name* of triage, by partition."""
    (family,) = (family for family in BACKLOGS.collect() if family.name == name)
    return {s.labels["partition"]: s.value for s in family.samples if s.labels["stage"] == "triage"}


async def test_lag_and_age_of_a_partition_that_is_held_up(settings: Settings) -> None:
    """
    A slow ticket shows all that came after it as lag, and its own age; both end with it.
    """
    done = asyncio.Event()
    await publish(settings, *(on_one_partition(ticket(n)) for n in range(20)))
    began = time.time()
    async with running(settings, held_up(done, "T-0")):
        await read(settings, TRIAGED, 19)
        await asyncio.sleep(1)

        assert max(backlogs("ticketstream_stage_lag").values()) == 20
        age = max(backlogs("ticketstream_stage_oldest_seconds").values())
        assert 1 <= age <= time.time() - began + 5
        assert counted("ticketstream_stage_slots_busy", stage="triage") == 1
        done.set()
        await all_done(settings, 20)

        async def nothing_lags() -> bool:
            return set(backlogs("ticketstream_stage_lag").values()) == {0}

        await eventually(nothing_lags)
        assert set(backlogs("ticketstream_stage_oldest_seconds").values()) == {0}
        assert counted("ticketstream_stage_slots_busy", stage="triage") == 0
        assert counted("ticketstream_stage_slots", stage="triage") == settings.concurrency


async def test_what_is_held_is_tried_again_and_keeps_no_slot_busy(settings: Settings) -> None:
    """
    Each try counts as a retry, by error class.
    """
    away, before = True, counted(*RETRIES, **AWAY)

    async def does(event: IncomingTicket) -> TriagedTicket:
        if away:
            raise Unavailable("it is away")
        return await triaged(event)

    async def is_tried_again() -> bool:
        return counted(*RETRIES, **AWAY) > before + 1

    async with running(settings, does):
        await publish(settings, ticket(1))
        await eventually(is_tried_again)
        assert counted("ticketstream_stage_slots_busy", stage="triage") == 0
        away = False
        await read(settings, TRIAGED, 1)


RETRIES = ("ticketstream_stage_retries_total",)
AWAY = {"stage": "triage", "reason": "Unavailable"}


async def test_what_tickets_became(settings: Settings) -> None:
    """
    Each result counts once, by priority: its seconds, what is left of its SLA, its draft's
    evidence, its verdict and what the policy stage found. No label tells of a ticket or a customer.
    """
    tickets = sample_tickets()
    names = {
        "seconds": "ticketstream_ticket_seconds_count",
        "sla": "ticketstream_ticket_sla_left_seconds_count",
        "drafts": "ticketstream_ticket_drafts_total",
        "verdicts": "ticketstream_ticket_verdicts_total",
    }
    labels = {
        "seconds": [{"priority": p} for p in ("P1", "P2", "P3")],
        "sla": [{"priority": p} for p in ("P1", "P2", "P3")],
        "drafts": [{"evidence": e} for e in ("yes", "no")],
        "verdicts": [{"compliance": c} for c in ("passed", "warning", "failed")],
    }

    def now() -> dict[str, list[float]]:
        return {n: [counted(name, **one) for one in labels[n]] for n, name in names.items()}

    before, urgent = now(), counted("ticketstream_ticket_findings_total", rule="priority")
    in_time = counted("ticketstream_ticket_sla_left_seconds_bucket", priority="P2", le="57600.0")
    async with Worker(settings.model_copy(update={"worker_http_port": 0})):
        await publish_sample_articles(settings)
        await publish_tickets(settings, tickets)
        await read(settings, PROCESSED, len(tickets))
        await asyncio.sleep(0.1)
        after = now()

    shown = generate_latest().decode()
    assert not [t.ticket_id for t in tickets if t.ticket_id in shown]
    assert not [t for t in tickets if t.customer_email and t.customer_email in shown]
    grown = {n: [a - b for a, b in zip(after[n], before[n], strict=True)] for n in names}
    assert {n: sum(values) for n, values in grown.items()} == dict.fromkeys(names, len(tickets))
    assert all(value > 0 for value in (*grown["seconds"], *grown["drafts"]))
    assert grown["sla"] == grown["seconds"]
    found = counted("ticketstream_ticket_findings_total", rule="priority") - urgent
    assert found == grown["seconds"][0]
    assert in_time == counted(  # 24 hours less some seconds are left, and not 16 or fewer
        "ticketstream_ticket_sla_left_seconds_bucket", priority="P2", le="57600.0"
    )
