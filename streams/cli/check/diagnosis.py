"""What `ticketstream check` finds: how something is, and how to mend it; and how it tries that."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from streams.errors import ConfigurationError, Refused, Unavailable
from streams.settings import Settings

SECONDS = 15
"""Time for a dependency to answer."""

Status = Literal["ok", "warning", "wrong", "away", "skipped"]


@dataclass(frozen=True)
class Diagnosis:
    """
    How something is.

    ok, or works but costs something (warning), or must be mended (wrong), or does not answer
    (away), or was not tried because of another (skipped).
    """

    status: Status
    detail: str
    mend: str = ""
    """What to do about it, where there is something to do."""


Look = Callable[[Settings], Awaitable[list[Diagnosis]]]
Findings = list[tuple[str, Diagnosis]]
"""Each thing that was tried, with how it is."""


async def diagnose(name: str, look: Look, here: Settings) -> Findings:
    """Return what *look* finds within its time, or why it finds nothing."""
    try:
        async with asyncio.timeout(SECONDS):
            return [(name, one) for one in await look(here)]
    except (ConfigurationError, Refused) as error:
        return [(name, Diagnosis("wrong", error.detail, error.mend))]
    except Unavailable as error:
        return [(name, Diagnosis("away", error.detail, error.mend))]
    except TimeoutError:
        mend = f"is {_ADDRESSES.get(name, 'its address')} right, and is the way to it open?"
        return [(name, Diagnosis("away", f"no answer in {SECONDS} s", mend))]


_ADDRESSES = {
    "llm": "TICKETSTREAM_OPENAI_BASE_URL",
    "knowledge": "TICKETSTREAM_WEAVIATE_URL",
    **dict.fromkeys(("kafka", "topics", "groups", "budget"), "TICKETSTREAM_KAFKA_BROKERS"),
}
