"""What `ticketstream check` finds: how something is, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
