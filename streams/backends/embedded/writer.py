"""
Answers without a language model: for each question the lines of the passages that come closest.

In: a ticket with its passages. Out: which lines answer which question, by score. What is not
answered has no line.
"""

from __future__ import annotations

from collections.abc import Sequence

from schemas import GroundedTicket, Reading
from streams.evidence.asked import questions_of
from streams.evidence.line_selection import choose_lines
from streams.evidence.lines import PassageLines
from streams.evidence.rendering import tone_for
from streams.ports import Choice, Draft

MOST_PROBLEMS = 4
"""Problems of one ticket that an answer covers. Any more are listed as unanswered."""
LONGEST = 1_000
"""Characters of a message that are compared with passages."""


class EmbeddedWriter:
    """Chooses lines by score. Fulfils `ports.Writer`; never waits and never fails."""

    name = "embedded"

    async def write(self, ticket: GroundedTicket) -> Draft:
        """Return the lines of *ticket*'s passages that answer its questions."""
        if not ticket.reading.asks:
            return Draft(tone=tone_for(ticket))
        problems = questions_of(ticket.reading)
        lines = PassageLines(ticket.passages)
        chosen = choose_lines(_compared(problems, ticket.reading), ticket.passages, lines)
        nothing = [()] * (len(problems) - len(chosen))
        return Draft(
            choices=tuple(map(Choice, problems, [*chosen, *nothing])), tone=tone_for(ticket)
        )


def _compared(problems: Sequence[str], reading: Reading) -> list[str]:
    """Return what is compared with passages. One problem is all that the message is about."""
    if len(problems) > 1 or reading.text in problems[0]:
        return list(problems[:MOST_PROBLEMS])
    return [f"{problems[0]}\n{reading.text[:LONGEST]}"]
