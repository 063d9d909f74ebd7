"""
The thread that a reply belongs to: what earlier public replies have said already.

No reply repeats a line of an article or a phrase that an earlier one had. Which of several
phrases a reply takes depends on the ticket and the number of earlier replies alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from zlib import crc32

from schemas import IncomingTicket
from streams.text.citations import uncited

_OURS = frozenset(("agent", "bot"))
_BLANKS_AND_MARKS = re.compile(r"[\W_]+")


class Thread:
    """What was said to the customer of *ticket* before."""

    def __init__(self, ticket: IncomingTicket) -> None:
        public = [m for m in ticket.previous_messages if m.visibility == "public"]
        ours = [m for m in public if m.role.lower() in _OURS]
        self._replies = sum(m.role.lower() == "agent" for m in ours)
        self._said = "\n".join(_plain(m.text) for m in ours)
        self._first = crc32(ticket.ticket_id.encode()) + self._replies

    @property
    def is_first(self) -> bool:
        """Whether no agent has replied yet. What a bot said, such as a receipt, is no reply."""
        return self._replies == 0

    def has(self, text: str) -> bool:
        """Return whether an agent or a bot has said *text*, which may end in another mark."""
        return bool(self._said) and _plain(text) in self._said

    def pick(self, phrases: Sequence[str]) -> str | None:
        """Return one of *phrases* that was not said yet, or None if all were."""
        start = self._first % len(phrases)
        ahead = (*phrases[start:], *phrases[:start])
        return next((phrase for phrase in ahead if not self.has(phrase)), None)

    def pick_or_last(self, phrases: Sequence[str]) -> str:
        """Return one of *phrases* that was not said yet, or the last if all were."""
        return self.pick(phrases) or phrases[-1]


def _plain(text: str) -> str:
    """Return *text* as it is compared: its words, whatever marks and blanks are between them."""
    return f" {_BLANKS_AND_MARKS.sub(' ', uncited(text)).strip().casefold()} "
