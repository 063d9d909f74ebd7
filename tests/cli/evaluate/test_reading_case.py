"""An input whose right reading is known."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from streams.cli.evaluate.reading_case import ReadingCheck
from streams.errors import fields_at_fault
from tests.support.reading_cases import a_check, a_reading_case, with_article

PROCESSED = a_check("outcome", "equals", "processed")


@pytest.mark.parametrize(
    ("op", "value", "found", "holds"),
    [
        ("contains", "DOWN", "it is down", True),
        ("contains", "up", "it is down", False),
        ("contains", "promised", ["a date was promised"], True),
        ("contains", "é", ["café"], True),
        ("not_contains", "4111", ["a card"], True),
        ("not_contains", "4111", ["4111"], False),
        ("not_contains", "x", None, True),
        ("contains_any", ["password", "secret"], ["a Secret"], True),
        ("contains_any", ["password", "secret"], ["a key"], False),
        ("equals", True, True, True),
        ("equals", "P1", "P2", False),
        ("not_equals", "P1", "P2", True),
        ("in", ["P1", "P2"], "P2", True),
        ("in", ["P1", "P2"], "P3", False),
        ("has", "outage", ["outage", "injection"], True),
        ("has", "out", ["outage"], False),
        ("has", "KB-1", [{"doc_id": "KB-1", "title": "A"}], True),
        ("has", "outage", None, False),
        ("not_has", "outage", [], True),
        ("not_has", "outage", ["outage"], False),
    ],
)
def test_ops(op: str, value: Any, found: Any, holds: bool) -> None:
    """
    Texts are looked for whatever their case, in a text or in the JSON; lists have whole values.
    """
    check = ReadingCheck.model_validate(a_check("assist.note", op, value))

    assert check.holds_of(found) is holds


@pytest.mark.parametrize(
    ("check", "said"),
    [
        (a_check(path="reading.signal"), "did you mean reading.signals?"),
        (a_check(path="reading"), "reading has no such field"),
        (a_check(path="answer.body"), "is none of reading.FIELD, triage.FIELD"),
        (a_check(op="is"), "op: Input should be 'contains'"),
        (a_check(op="in", value="Rumpelstiltskin"), "in needs a list"),
        (a_check(op="contains", value=["Rumpelstiltskin"]), "contains needs a text"),
        ({"path": "outcome", "op": "equals"}, "value: Field required"),
    ],
)
def test_a_check_that_checks_nothing(check: Any, said: str) -> None:
    """
    An unknown path or op is told, with what was meant, and without the value.
    """
    with pytest.raises(ValidationError) as error:
        a_reading_case(check)

    assert said in fields_at_fault(error.value)
    assert "Rumpelstiltskin" not in fields_at_fault(error.value)


def test_a_ticket_without_an_id_has_that_of_its_case() -> None:
    """
    Inputs are messages; what names them is the case.
    """
    case = a_reading_case(id="mine")

    assert case.ticket is not None
    assert case.ticket.ticket_id == "mine"
    assert case.articles is None
    assert case.value_of("seen_in") == "nowhere"


def test_articles_of_its_own() -> None:
    """
    An input with articles has them beside its ticket.
    """
    case = a_reading_case(input=with_article())

    assert case.ticket is not None
    assert case.articles is not None
    assert [*case.articles] == ["zebu.md"]


@pytest.mark.parametrize("name", ["../zebu.md", "/zebu.md", "a/b.md", ".hidden.md", ""])
def test_no_file_is_written_elsewhere(name: str) -> None:
    """
    An article's name is that of a file, not a path.
    """
    with pytest.raises(ValidationError):
        a_reading_case(input=with_article(name=name))


def test_an_input_whose_outcome_is_checked_stands_as_it_is() -> None:
    """
    What is no ticket is a dead letter there, and a broken case elsewhere.
    """
    case = a_reading_case(PROCESSED, input={"raw_message": "Hello?"})

    assert (case.ticket, case.dead_letter) == (None, "ticket_id: Field required")
    with pytest.raises(ValidationError):
        a_reading_case(input={"raw_message": " "})
