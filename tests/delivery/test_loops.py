"""When the next message of a ticket may go."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from streams.delivery import loops
from streams.delivery.loops import Loops, MailLoop
from tests.support.figures_of import counted

TICKET = ("default", "T-1")


def times(guard: Loops, *published: float) -> list[float]:
    """Return when messages go that were *published* then."""
    found = []
    for at in published:
        found.append(guard.due(TICKET, at))
        guard.went(TICKET, at)
    return found


def a_guard(now: float = 1e6) -> Loops:
    """Return what lets five messages go in ten minutes, when it is *now*."""
    return Loops(5, 600, now=lambda: now)


def test_five_messages_go_and_the_sixth_waits() -> None:
    """
    It goes ten minutes after the first one, the seventh ten minutes after the second one.
    """
    found = times(a_guard(), 0, 10, 20, 30, 40, 50, 60)
    assert found == [0, 10, 20, 30, 40, 600, 610]


def test_no_more_than_five_in_ten_minutes_ever_go() -> None:
    """
    However many come, and however fast.
    """
    found = times(a_guard(), *(n * 0.5 for n in range(200)))
    assert all(later - early >= 600 for early, later in zip(found, found[5:], strict=False))
    assert found == sorted(found)


def test_a_ticket_that_is_written_to_now_and_then_never_waits() -> None:
    """
    Five in ten minutes are a lively conversation, a hundred in a week, too.
    """
    published = [n * 120.0 for n in range(100)]
    assert times(a_guard(), *published) == published


def test_a_backlog_is_no_loop() -> None:
    """
    What counts is when messages were published, not when a worker comes to them.
    """
    guard = a_guard(now=10_000)
    times(guard, *(n * 150.0 for n in range(20)))
    assert not guard.must_wait(TICKET, 20 * 150.0)


def test_others_do_not_wait() -> None:
    """
    A ticket is its tenant and id.
    """
    guard = a_guard(now=50)
    times(guard, 0, 10, 20, 30, 40)
    assert guard.must_wait(TICKET, 50)
    assert not guard.must_wait(("other", "T-1"), 50)
    assert not guard.must_wait(("default", "T-2"), 50)


@pytest.mark.parametrize("published", [None, -0.001, 1e12])
def test_a_message_without_a_time_was_published_now(published: float | None) -> None:
    """
    Neither that nor a clock that is ahead makes a ticket wait longer.
    """
    guard = a_guard(now=100)
    for _ in range(5):
        guard.went(TICKET, published)
    assert guard.due(TICKET, 100) == 700


def test_no_limit() -> None:
    """
    With 0, nothing waits and nothing is remembered.
    """
    guard = Loops(0, 600, now=lambda: 0.0)
    assert times(guard, *([0.0] * 50)) == [0.0] * 50


def test_memory_does_not_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The ticket is forgotten that came longest ago.
    """
    monkeypatch.setattr(loops, "MOST_TICKETS", 2)
    guard = Loops(1, 600, now=lambda: 0.0)
    for number in (0, 1, 0, 2):
        guard.went(("default", f"T-{number}"), 0)
    waits = [guard.must_wait(("default", f"T-{number}"), 0) for number in range(3)]
    assert waits == [True, False, True]


async def test_a_wait_is_said_and_counted() -> None:
    """
    The log names the ticket and how long it waits; the metric shows it meanwhile.
    """
    guard = Loops(1, 0.3)
    guard.went(TICKET, None)
    with capture_logs() as logs:
        waiting = asyncio.create_task(
            guard.wait(TICKET, None, flooded=lambda: False, crowded=lambda: False)
        )
        await asyncio.sleep(0.1)
        assert counted("ticketstream_loops_waiting") == 1
        await waiting
    assert counted("ticketstream_loops_waiting") == 0
    (said,) = logs
    assert (said["ticket_id"], said["log_level"]) == ("T-1", "warning")
    assert 0 < said["seconds"] <= 0.3


@pytest.mark.parametrize("crowded", [False, True])
async def test_a_flood_does_not_wait(crowded: bool) -> None:
    """
    It raises what becomes a dead letter, and never goes early.
    """
    guard = Loops(1, 600)
    guard.went(TICKET, None)
    with pytest.raises(MailLoop):
        await guard.wait(TICKET, None, flooded=lambda: True, crowded=lambda: crowded)


async def test_what_would_hold_up_others_goes_early() -> None:
    """
    The log says so, and it is counted. The next message waits for its own time as ever.
    """
    guard = Loops(1, 600, now=lambda: 1000.0)
    guard.went(TICKET, 990)
    before = counted("ticketstream_loops_early_total")
    with capture_logs() as logs:
        async with asyncio.timeout(1):
            await guard.wait(TICKET, 1000, flooded=lambda: False, crowded=lambda: True)
    (said,) = logs
    assert (said["ticket_id"], said["seconds"]) == ("T-1", 590)
    assert counted("ticketstream_loops_early_total") == before + 1
    guard.went(TICKET, 1000)
    assert guard.due(TICKET, 1000) == 990 + 2 * 600
