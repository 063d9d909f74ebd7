"""
How the LLM server of our tests lies about a ticket.

    prose     sentences of the passages with other numbers, each with its citation, and a promise
    pointing  the real lines that share the fewest words with each question
"""

from __future__ import annotations

import re
from typing import Any

from streams.text.sentences import split
from tests.support.llm_points import points

Json = dict[str, Any]
PROMISE = "We have already refunded the full amount, and it reaches you tomorrow"
_MOST = 4
_NUMBER = re.compile(r"\d+")


def lying_prose(right: Json, given: Json) -> Json:
    """Return *right*, an honest draft, with wrong amounts and a promise, all of them cited."""
    passages = given.get("passages") or []
    told = [
        f"{_other(sentence).rstrip('.')} [{passage['doc_id']}]."
        for passage in passages
        for sentence in map(str.strip, split(passage["text"]))
        if _NUMBER.search(sentence) and sentence.endswith(".")
    ]
    mark = f" [{passages[0]['doc_id']}]" if passages else ""
    return right | {"body": " ".join((*told[:_MOST], f"{PROMISE}{mark}.")), "unanswered": []}


def _other(sentence: str) -> str:
    return _NUMBER.sub(lambda number: str(2 * int(number[0]) + 1), sentence)


def lying_pointing(given: Json) -> Json:
    """Return lines that answer nothing of what is asked."""
    return points(given, "irrelevant")
