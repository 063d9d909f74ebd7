"""
A draft whose verdict is known: a ticket, the passages found for it, an answer, and what must
become of it.

`what_is_wrong`, `style`, `was` and whatever else a case has are for people.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas import IncomingTicket
from schemas.draft import AnswerDraft
from schemas.knowledge import DocId
from schemas.triage import Priority, Sentiment

Must = Literal["passed", "warning", "failed", "not passed", "not warning", "not failed"]
_OF_HONEST: tuple[Must, ...] = ("passed", "not failed", "not warning")
"""What must become of drafts that claim nothing wrong."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")


class GivenPassage(_Part):
    """A passage that was found. Without a score it gets the one that retrieval would give it."""

    doc_id: DocId
    text: str
    title: str = ""
    url: str = ""
    chunk_id: str | None = None
    score: Annotated[float, Field(ge=0, le=1)] | None = None


class GivenTriage(_Part):
    """
    What a model made of the ticket. What lacks, or is not in the taxonomy, is what the embedded
    classifier says; without a confidence the model was sure.
    """

    kind_of_problem: str | None = None
    """Category and subcategory: `Billing > Refund Request`."""
    queries: tuple[str, ...] = ()
    priority: Priority | None = None
    sentiment: Sentiment | None = None
    confidence: Annotated[float, Field(ge=0, le=1)] | None = None


class GivenAnswer(AnswerDraft):
    """What somebody wrote, and what they said that it leaves open."""

    unanswered: tuple[str, ...] = ()


class DraftCase(_Part):
    """A draft to judge, and which verdict is right."""

    id: str
    kind: str = "unnamed"
    must: Must | None = None
    ticket: IncomingTicket
    model_triage: GivenTriage | None = None
    passages: tuple[GivenPassage, ...] = ()
    answer: GivenAnswer

    @property
    def label(self) -> Literal["honest", "wrong", "none"]:
        """What the draft is, by what must become of it; `none` if the case does not say."""
        if self.must is None:
            return "none"
        return "honest" if self.must in _OF_HONEST else "wrong"

    @property
    def groupable(self) -> dict[str, str]:
        """The fields by which cases can be counted, and their values: those that are one value."""
        given = {"label": self.label, "kind": self.kind, "must": self.must}
        others = {name: v for name, v in (self.model_extra or {}).items() if _is_one(v)}
        return {name: str(value or "") for name, value in (given | others).items()}

    def group(self, name: str) -> str:
        """Return the value of the field *name* as a text; empty if the case has none."""
        return self.groupable.get(name, "")

    def is_met_by(self, verdict: str) -> bool | None:
        """Return whether *verdict* is the right one; None if the case does not say."""
        if self.must is None:
            return None
        return (verdict == self.must.removeprefix("not ")) != self.must.startswith("not ")


def _is_one(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float)


def as_case(row: dict[str, Any], name: str) -> DraftCase:
    """
    Return *row* as a case, called *name* if it has no id.

    Raises:
        pydantic.ValidationError: It is none.
    """
    case_id = row.get("id", name)
    ticket = row.get("ticket")
    if isinstance(ticket, dict):
        ticket = {"ticket_id": case_id, **ticket}
    return DraftCase.model_validate({**row, "id": case_id, "ticket": ticket})
