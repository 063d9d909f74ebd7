"""What the route made of an input, and which checks do not hold of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from streams.cli.evaluate.reading_case import CITATIONS, OUTCOME, ReadingCase, ReadingCheck
from streams.cli.evaluate.route_run import NotThrough
from streams.cli.evaluate.ticket_outcome import TicketOutcome

PROCESSED = "processed"
_OURS = {
    *(OUTCOME, "reading.kind", "reading.language", "reading.signals"),
    *("triage.category", "triage.subcategory", "triage.priority", "triage.sentiment"),
    *("triage.suggested_team", "triage.sla_hours", "triage.confidence"),
    *("assist.kind", "assist.language", "assist.signals", "assist.readiness", "assist.blocker"),
    *("policy.compliance", "policy.escalation_needed"),
    *("policy.refund_promise", "policy.sla_mentioned"),
}
"""Paths at which no text of a customer or a draft can stand."""


@dataclass(frozen=True)
class ReadingOutcome:
    """An input, and how it came out of the route; None if it did not get into it."""

    case: ReadingCase
    made: TicketOutcome | NotThrough | None

    @property
    def end(self) -> str:
        """Return `processed`, or why it was not."""
        if self.made is None:
            return f"dead letter: {self.case.dead_letter}"
        return PROCESSED if isinstance(self.made, TicketOutcome) else self.made.reason

    @property
    def failed(self) -> list[ReadingCheck]:
        """Return the checks that do not hold. Without a result, only one of the outcome can."""
        return [check for check in self.case.expected if not self._holds(check)]

    @property
    def is_right(self) -> bool:
        """Whether all checks hold."""
        return not self.failed

    def row(self, *, show: bool) -> dict[str, Any]:
        """Return what a program reads of it; with *show* what was found in texts, too."""
        return {
            "id": self.case.id,
            "kind": self.case.kind,
            "right": self.is_right,
            "outcome": self.end,
            "failed": list(self.failed_rows(show=show)),
        }

    def failed_rows(self, *, show: bool) -> Iterator[dict[str, Any]]:
        """Yield a row for each check that does not hold."""
        for check in self.failed:
            found = {"found": self._found(check.path)} if show or check.path in _OURS else {}
            yield {**check.model_dump(), **found}

    def _holds(self, check: ReadingCheck) -> bool:
        if check.path != OUTCOME and not isinstance(self.made, TicketOutcome):
            return False
        return check.holds_of(self._found(check.path))

    def _found(self, path: str) -> Any:
        """Return what is at *path*, as JSON has it; None if nothing is."""
        if path == OUTCOME:
            return self.end
        if not isinstance(self.made, TicketOutcome):
            return None
        root, *inside = path.split(".")
        value: Any = _parts(self.made)[root]
        for step in inside:
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
                value = value[int(step)]
            else:
                return None
        return value


def _parts(made: TicketOutcome) -> dict[str, Any]:
    """Return what *made* has for the first word of a path."""
    drafted, processed = made.drafted, made.processed
    return {
        "reading": drafted.reading.model_dump(mode="json"),
        "triage": processed.triage.model_dump(mode="json"),
        "assist": processed.assist.model_dump(mode="json") if processed.assist else None,
        "policy": processed.policy_check.model_dump(mode="json"),
        "draft": processed.answer_draft.model_dump(mode="json"),
        CITATIONS: [citation.model_dump(mode="json") for citation in processed.citations],
    }
