"""How `ticketstream check` tries one thing, and what it makes of what is raised."""

from __future__ import annotations

import asyncio

import pytest

from streams.cli.check import diagnosis
from streams.cli.check.diagnosis import Diagnosis, diagnose
from streams.errors import ConfigurationError, Refused, Unavailable
from streams.settings import Settings


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (ConfigurationError("a is b", mend="set a"), Diagnosis("wrong", "a is b", "set a")),
        (ConfigurationError("a is b"), Diagnosis("wrong", "a is b")),
        (Refused("no quota", mend="buy some"), Diagnosis("wrong", "no quota", "buy some")),
        (Unavailable("away", mend="is it on?"), Diagnosis("away", "away", "is it on?")),
    ],
)
async def test_what_is_raised(error: Exception, found: Diagnosis) -> None:
    """
    What a person must mend is wrong, what may come back is away, each with its mend.
    """

    async def look(_: Settings) -> list[Diagnosis]:
        raise error

    assert await diagnose("kafka", look, Settings()) == [("kafka", found)]


async def test_what_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What does not answer in time is away, and the setting of its address is named.
    """
    monkeypatch.setattr(diagnosis, "SECONDS", 0.01)

    async def look(_: Settings) -> list[Diagnosis]:
        await asyncio.Event().wait()
        return []

    ((_, found),) = await diagnose("llm", look, Settings())

    assert (found.status, "no answer" in found.detail) == ("away", True)
    assert "TICKETSTREAM_OPENAI_BASE_URL" in found.mend
