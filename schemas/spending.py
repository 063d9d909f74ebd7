"""What workers have spent on the language model: one running total a worker and day."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import ConfigDict, Field

from schemas.base import Event


class Spending(Event):
    """
    `llm-spending`: all that one worker has spent on a day so far. The key is `<day>/<worker>`.

    A later total of the same key replaces an earlier one, so a message that comes twice or late
    counts nothing twice.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"day": "2026-11-30", "worker": "5f0c9e1a", "dollars": 1.25}]
        }
    )

    day: Annotated[date, Field(description="in UTC")]
    worker: Annotated[
        str, Field(min_length=1, max_length=200, description="one run of a worker's process")
    ]
    dollars: Annotated[float, Field(ge=0, allow_inf_nan=False)]

    @property
    def key(self) -> bytes:
        """Return the key of the message."""
        return f"{self.day}/{self.worker}".encode()
