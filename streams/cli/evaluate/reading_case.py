"""
An input whose right reading is known: a ticket, articles of its own if it needs some, and checks of
what the route makes of it.

`seen_in`, `was`, `note` and whatever else a case has are for people.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationError,
    model_validator,
)

from schemas import AnswerDraft, IncomingTicket, Reading
from schemas.processed import Assist, PolicyCheck
from schemas.ticket import TooLarge, parse_ticket
from schemas.triage import TriageOutput
from streams.errors import fields_at_fault
from streams.near_names import names_like

OUTCOME, CITATIONS = "outcome", "citations"
PARTS: Mapping[str, type[BaseModel]] = {
    "reading": Reading,
    "triage": TriageOutput,
    "assist": Assist,
    "policy": PolicyCheck,
    "draft": AnswerDraft,
}
"""The parts of a result whose fields checks name, beside OUTCOME and CITATIONS."""
Op = Literal[
    "contains",
    "not_contains",
    "contains_any",
    "equals",
    "not_equals",
    "in",
    "has",
    "not_has",
]
_OF_TEXT, _OF_LIST = ("contains", "not_contains"), ("contains_any", "in")


def _known(path: str) -> str:
    root, _, rest = path.partition(".")
    if path in (OUTCOME, CITATIONS):
        return path
    if root not in PARTS:
        roots = (*(f"{name}.FIELD" for name in PARTS), CITATIONS, OUTCOME)
        raise ValueError(f"is none of {', '.join(roots)}")
    field, fields = rest.partition(".")[0], PARTS[root].model_fields
    if field not in fields:
        near = " or ".join(f"{root}.{name}" for name in names_like(field, fields))
        raise ValueError(f"{root} has no such field" + (f"; did you mean {near}?" if near else ""))
    return path


class ReadingCheck(BaseModel):
    """What must hold of a result: of what is at *path*, compared by *op* with *value*."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Annotated[str, AfterValidator(_known)]
    op: Op
    value: JsonValue

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.op in _OF_TEXT and not (isinstance(self.value, str) and self.value):
            raise ValueError(f"value: {self.op} needs a text")
        if self.op in _OF_LIST and not (isinstance(self.value, list) and self.value):
            raise ValueError(f"value: {self.op} needs a list")
        return self

    def holds_of(self, found: Any) -> bool:
        """Return whether the check holds of *found*, a value of JSON."""
        return _HOLDS[self.op](found, self.value)


def _contains(found: Any, text: Any) -> bool:
    said = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)
    return str(text).casefold() in said.casefold()


def _has(found: Any, value: Any) -> bool:
    """Return whether a list has *value*, or an object one of whose fields is it."""
    return isinstance(found, list) and any(
        value == one or (isinstance(one, dict) and value in one.values()) for one in found
    )


_HOLDS: Mapping[Op, Callable[[Any, Any], bool]] = {
    "contains": _contains,
    "not_contains": lambda found, value: not _contains(found, value),
    "contains_any": lambda found, values: any(_contains(found, value) for value in values),
    "equals": lambda found, value: bool(found == value),
    "not_equals": lambda found, value: bool(found != value),
    "in": lambda found, values: found in values,
    "has": _has,
    "not_has": lambda found, value: not _has(found, value),
}

FileName = Annotated[str, StringConstraints(pattern=r"^[^/\\\x00.][^/\\\x00]*$", max_length=200)]


class ReadingCase(BaseModel):
    """An input, and the checks that hold if it is read rightly."""

    model_config = ConfigDict(frozen=True, extra="allow")

    id: str
    kind: str = "unnamed"
    articles: dict[FileName, str] | None = None
    """Files of articles, by name; None if the knowledge base is the one for all."""
    ticket: IncomingTicket | None
    """None if it is none: *dead_letter* says why."""
    dead_letter: str | None = None
    expected: Annotated[tuple[ReadingCheck, ...], Field(min_length=1)]

    def value_of(self, name: str) -> str:
        """Return the value of the field *name*, which is any, as a text."""
        return str(getattr(self, name, "") or "")


class _Given(BaseModel):
    """A case as files have it."""

    model_config = ConfigDict(extra="allow")

    id: str | None = None
    kind: str = "unnamed"
    input: dict[str, Any]
    expected: Annotated[tuple[ReadingCheck, ...], Field(min_length=1)]


class _Articled(BaseModel):
    model_config = ConfigDict(extra="forbid")

    articles: dict[FileName, str]
    ticket: dict[str, Any]


GIVEN_FIELDS = tuple(_Given.model_fields)
"""Fields of a case in a file that are not for people alone."""


def as_reading_case(row: dict[str, Any], name: str) -> ReadingCase:
    """
    Return *row* as a case, called *name* if it has no id.

    A case that checks the outcome has its input as it stands: as a message on incoming-tickets,
    which may be none that can be read. Another has the id of the case if it has no `ticket_id`.

    Raises:
        pydantic.ValidationError: It is none.

        TooLarge: Its ticket is.
    """
    given = _Given.model_validate(row)
    case_id, fields, articles = given.id or name, given.input, None
    if "articles" in fields:
        both = _Articled.model_validate(fields)
        fields, articles = both.ticket, both.articles
    is_as_published = any(check.path == OUTCOME for check in given.expected)
    ticket, fault = None, None
    try:
        value = fields if is_as_published else {"ticket_id": case_id, **fields}
        ticket = parse_ticket(json.dumps(value).encode())
    except (ValidationError, TooLarge) as error:
        if not is_as_published:
            raise
        fault = fields_at_fault(error) if isinstance(error, ValidationError) else str(error)
    return ReadingCase(
        **{**(given.model_extra or {}), "id": case_id, "kind": given.kind},
        articles=articles,
        ticket=ticket,
        dead_letter=fault,
        expected=given.expected,
    )
