"""`Prefer` (RFC 7240): how long a caller wants to wait, and whether it takes a 202."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.request import parse_http_list


@dataclass(frozen=True)
class Granted:
    """What a caller gets of what it prefers."""

    seconds: float
    """How long the answer may take."""
    respond_async: bool
    """Whether the answer is a 202 then, and not a 504."""
    waits: bool
    """Whether it was the caller who said how long."""

    def applied(self, status: int) -> dict[str, str]:
        """Return the header by which an answer of *status* tells what was granted."""
        said = ["respond-async"] if status == 202 else []
        said += [f"wait={self.seconds:g}"] if self.waits else []
        return {"Preference-Applied": ", ".join(said)} if said else {}


def granted(prefer: Iterable[str], most_seconds: float) -> Granted:
    """
    Return what is granted of *prefer*, the values of the header.

    `wait` up to *most_seconds*; without it, `respond-async` waits for nothing. What makes no
    sense is ignored.
    """
    wished = _parsed(prefer)
    respond_async = "respond-async" in wished
    wait = wished.get("wait", "")
    if wait.isdecimal() and wait.isascii():
        asked = int(wait.lstrip("0")[:9] or "0")  # more digits than that are too long in any case
        if asked <= most_seconds:
            return Granted(float(asked), respond_async, waits=True)
    seconds = 0.0 if respond_async and not wait else most_seconds
    return Granted(seconds, respond_async, waits=False)


def _parsed(prefer: Iterable[str]) -> dict[str, str]:
    """Return the preferences by name; the first of a name counts."""
    found: dict[str, str] = {}
    for preference in parse_http_list(",".join(prefer)):  # a quoted value may have commas
        name, _, value = preference.partition(";")[0].partition("=")
        found.setdefault(name.strip().lower(), value.strip().strip('"'))
    return found
