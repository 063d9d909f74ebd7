"""
Answers without a language model: for each question the lines of the passages that come closest.

In: a ticket with its passages. Out: which lines answer which question, by score. What is not
answered has no line.
"""

from __future__ import annotations

from schemas import GroundedTicket
from streams.evidence.asked import compared_questions
from streams.evidence.line_selection import choose_lines
from streams.evidence.lines import PassageLines
from streams.evidence.rendering import tone_for
from streams.ports import Choice, Draft


class EmbeddedWriter:
    """Chooses lines by score. Fulfils `ports.Writer`; never waits and never fails."""

    name = "embedded"

    async def write(self, ticket: GroundedTicket) -> Draft:
        """Return the lines of *ticket*'s passages that answer its questions."""
        if not ticket.reading.asks:
            return Draft(tone=tone_for(ticket))
        asked = compared_questions(ticket.reading)
        chosen = choose_lines(
            asked, ticket.reading.text, ticket.passages, PassageLines(ticket.passages)
        )
        return Draft(
            choices=tuple(Choice(one.text, refs) for one, refs in zip(asked, chosen, strict=True)),
            tone=tone_for(ticket),
        )
