"""Whether what the draft quotes is over: a last day that has passed, an article of a past year."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from streams.evidence.lines import PassageLines
from streams.evidence.verification.classes import Classified
from streams.evidence.verification.findings import LOOK, Issue
from streams.text.dates import last_days, years


def of_age(classified: Sequence[Classified], lines: PassageLines, today: date) -> Iterator[Issue]:
    """Yield the first sentence that says what held until a day before *today*."""
    for one in classified:
        days = last_days(one.sentence.text)
        title = lines.passage(one.ref).title if one.ref else ""
        past = years(title)
        if (days and max(days) < today) or (past and max(past) < today.year):
            yield one.issue("over", "What a line says held until a day that has passed.", LOOK)
            return
