"""
Whether a model may point at lines: it sits the exam once, and how it did is remembered.

    at a worker's start    it sits the exam, and again after a while as long as it is away
    a ticket before that   waits for the end of the exam; if the model is away, that is an outage
    it has failed          tickets go on without it, and it sits the exam again after an hour: the
                           server may have another model under the same name

One exam is under way at a time, however many tickets wait for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

import structlog

from streams import metrics
from streams.backends.openai.exam import ExamResult
from streams.errors import BudgetSpent, Unavailable

AGAIN_SECONDS = 3_600.0
"""Seconds after which a model that has failed sits the exam again."""
AWAY_SECONDS = 30.0
"""Seconds between two tries at a worker's start while the model is away."""

log = structlog.get_logger()


class Admission:
    """Whether one model at one server may point."""

    def __init__(
        self,
        model: str,
        examine: Callable[[], Awaitable[ExamResult]],
        *,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """*examine* holds the exam of *model*."""
        self._model = model
        self._examine = examine
        self._clock = clock
        self._again_at = 0.0
        self._sitting: asyncio.Task[None] | None = None
        self.result: ExamResult | None = None
        """How it did, once it has."""

    @property
    def status(self) -> str:
        """Return `healthy`, or why the model does not draft."""
        if self.result is None:
            return "has not sat the exam of pointing yet"
        if self.result.passed:
            return "healthy"
        return f"failed the exam of pointing, so the embedded selection drafts: {self.result}"

    async def is_granted(self) -> bool:
        """
        Return whether the model has passed; wait for the end of its exam if it is its first.

        Raises:
            Unavailable, Refused, BudgetSpent: It could not sit the exam.
        """
        if self.result is None:
            await asyncio.shield(self._sit())
        elif not self.result.passed and self._clock() >= self._again_at:
            self._sit()
        return bool(self.result and self.result.passed)

    async def hold(self) -> None:
        """Have the model sit the exam, as often as it takes until it does."""
        while self.result is None:
            try:
                await asyncio.shield(self._sit())
            except (Unavailable, BudgetSpent) as error:
                log.info("exam waits", model=self._model, reason=type(error).__name__)
                await asyncio.sleep(AWAY_SECONDS)

    async def close(self) -> None:
        """Break off an exam that is under way."""
        if self._sitting:
            self._sitting.cancel()
            await asyncio.gather(self._sitting, return_exceptions=True)

    def _sit(self) -> asyncio.Task[None]:
        """Return the exam that is under way, begun if there was none."""
        if self._sitting is None or self._sitting.done():
            self._sitting = asyncio.create_task(self._held())
            self._sitting.add_done_callback(_is_known)
        return self._sitting

    async def _held(self) -> None:
        self._again_at = self._clock() + AGAIN_SECONDS
        self.result = result = await self._examine()
        metrics.POINTING_PASSED.labels(self._model).set(result.passed)
        metrics.POINTING_SCORE.labels(self._model).set(result.score)
        if result.passed:
            log.info("model passed the exam of pointing", model=self._model, result=str(result))
        else:
            log.warning(
                "model failed the exam of pointing: the embedded selection drafts",
                model=self._model,
                result=str(result),
            )


def _is_known(sitting: asyncio.Task[None]) -> None:
    """Take note of how *sitting* ended, so that asyncio does not log it: who waited was told."""
    if not sitting.cancelled():
        sitting.exception()
