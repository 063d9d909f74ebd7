"""Whether a model may point: it sits the exam once, and how it did is remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from streams import metrics
from streams.backends.openai import admission
from streams.backends.openai.admission import AGAIN_SECONDS, Admission
from streams.backends.openai.exam import ExamResult
from streams.errors import Unavailable

GOOD = ExamResult(right=9, answerable=9, left_open=2, unanswerable=2, decoys=0)
BAD = ExamResult(right=1, answerable=9, left_open=0, unanswerable=2, decoys=3)


class Examiner:
    """Holds exams that end as they are told to."""

    def __init__(self, *ends: ExamResult | Exception) -> None:
        self.held = 0
        self._ends: Iterator[ExamResult | Exception] = iter(ends)

    async def __call__(self) -> ExamResult:
        """Hold one."""
        self.held += 1
        await asyncio.sleep(0.01)
        end = next(self._ends)
        if isinstance(end, Exception):
            raise end
        return end


class Clock:
    """A clock that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


async def test_all_tickets_wait_for_one_exam() -> None:
    """
    However many come before its end; afterwards none waits.
    """
    examiner = Examiner(GOOD)
    made = Admission("m", examiner)
    assert "not sat" in made.status
    assert await asyncio.gather(*(made.is_granted() for _ in range(50))) == [True] * 50
    assert await made.is_granted()
    assert (examiner.held, made.status) == (1, "healthy")


async def test_metrics_say_how_it_did() -> None:
    """
    Passed or not, and the share of right answers; a decoy makes that nothing.
    """
    await Admission("good", Examiner(GOOD)).is_granted()
    await Admission("bad", Examiner(BAD)).is_granted()
    assert metrics.POINTING_PASSED.labels("good")._value.get() == 1
    assert metrics.POINTING_SCORE.labels("good")._value.get() == 1
    assert metrics.POINTING_PASSED.labels("bad")._value.get() == 0
    assert metrics.POINTING_SCORE.labels("bad")._value.get() == 0


async def test_a_model_that_failed_is_examined_again_after_an_hour() -> None:
    """
    Tickets do not wait for that; until its end the first result holds.
    """
    clock, examiner = Clock(), Examiner(BAD, GOOD)
    made = Admission("m", examiner, clock=clock)
    assert not await made.is_granted()
    assert "embedded selection" in made.status
    clock.now = AGAIN_SECONDS - 1
    assert not await made.is_granted()
    assert examiner.held == 1
    clock.now = AGAIN_SECONDS
    assert not await made.is_granted()
    await asyncio.sleep(0.05)
    assert await made.is_granted()
    clock.now = 10 * AGAIN_SECONDS
    assert await made.is_granted()
    assert examiner.held == 2


async def test_a_model_that_is_away_has_not_failed() -> None:
    """
    Who waits meets the outage; the next ticket has it sit the exam again.
    """
    examiner = Examiner(Unavailable("away"), GOOD)
    made = Admission("m", examiner)
    ends = await asyncio.gather(*(made.is_granted() for _ in range(3)), return_exceptions=True)
    assert [type(end) for end in ends] == [Unavailable] * 3
    assert made.result is None
    assert await made.is_granted()
    assert examiner.held == 2


async def test_a_workers_start_waits_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The exam at the start is tried again and again beside it, until the model sits it.
    """
    monkeypatch.setattr(admission, "AWAY_SECONDS", 0.01)
    examiner = Examiner(Unavailable("away"), Unavailable("away"), GOOD)
    made = Admission("m", examiner)
    await made.hold()
    await made.hold()
    assert (examiner.held, made.result) == (3, GOOD)


async def test_a_ticket_that_is_let_go_breaks_off_no_exam() -> None:
    """
    Others wait for it still.
    """
    made = Admission("m", Examiner(GOOD))
    first, second = (asyncio.create_task(made.is_granted()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert await second


async def test_closing_breaks_an_exam_off() -> None:
    """
    Nothing is left running; closing what never began is nothing.
    """
    made = Admission("m", Examiner(GOOD))
    await made.close()
    waiting = asyncio.create_task(made.is_granted())
    await asyncio.sleep(0)
    await made.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
