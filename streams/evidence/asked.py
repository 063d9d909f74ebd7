"""What a ticket asks, question by question."""

from __future__ import annotations

import re

from schemas import Reading

MOST_QUESTIONS_ANSWERED = 8
"""Questions of one ticket that a draft answers. Any more are listed as unanswered."""

_REFERS_BACK = re.compile(
    r"^if (?:not|so)\b|\b(?:it|its|they|them|this|that|these|those|ones|there)\b", re.I
)
_ADDS = re.compile(r"^(?:and|or)\b", re.I)
_FEW_WORDS, _FEW_ADDED = 12, 5
"""Words of a question that refers back, and of one that only adds to the one before."""
_REMARK_WORDS = 8


def questions_of(reading: Reading) -> tuple[str, ...]:
    """
    Return what needs an answer, in the customer's order; one at least.

    Those of the reading, where it has numbered them. Else its queries: a short question that
    refers back, such as "Does it cost something?", belongs to the problem before it; a remark is
    none beside real problems.
    """
    if reading.questions:
        return reading.questions
    asked: list[str] = []
    for query in dict.fromkeys(q.strip() for q in reading.queries if q.strip()):
        if asked and _belongs_to_the_one_before(query):
            asked[-1] = f"{asked[-1]} {query}"
        else:
            asked.append(query)
    real = [a for a in asked if "?" in a or len(a.split()) >= _REMARK_WORDS]
    return tuple(real or asked[:1]) or (reading.text,)


def _belongs_to_the_one_before(query: str) -> bool:
    words = len(query.split())
    adds = words <= _FEW_ADDED and _ADDS.match(query)
    return bool(adds or (words <= _FEW_WORDS and _REFERS_BACK.search(query)))
