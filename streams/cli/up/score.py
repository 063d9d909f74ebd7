"""How well the sample tickets came out, against what people say they should be."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from schemas import ProcessedTicket

Expected = dict[tuple[str, str | None], dict[str, Any]]


def expected_of(file: Path) -> Expected:
    """Return what *file* says of each message: category, priority, and who answers it."""
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return {(row["ticket_id"], row["message_id"]): row for row in rows}


class Score:
    """Counts what came out as *expected*."""

    def __init__(self, expected: Expected) -> None:
        self._expected = expected
        self._counts: Counter[str] = Counter()
        self._seen: set[tuple[str, str | None]] = set()

    def add(self, ticket: ProcessedTicket) -> None:
        """Count *ticket*, once, if something is expected of it."""
        message = ticket.ticket_id, ticket.message_id
        if message in self._seen or message not in self._expected:
            return
        self._seen.add(message)
        right = self._expected[message]
        articles, cited = right["answered_by"], {c.doc_id for c in ticket.citations}
        passed = ticket.policy_check.compliance == "passed"
        is_right = bool(cited & set(articles)) if articles else not cited
        self._counts["categories"] += ticket.triage.category == right["category"]
        self._counts["priorities"] += ticket.triage.priority == right["priority"]
        self._counts["answerable"] += bool(articles)
        self._counts["answered"] += bool(articles) and is_right
        self._counts["passed"] += passed
        self._counts["wrong"] += passed and not is_right

    def __str__(self) -> str:
        count, of = self._counts, len(self._seen)
        return (
            f"Checked against people's labels: {count['categories']} of {of} categories and"
            f" {count['priorities']} of {of} priorities are right, {count['answered']} of the"
            f" {count['answerable']} tickets that an article answers cite a right one, and"
            f" {count['wrong']} of the {count['passed']} passed drafts are wrong."
        )
