"""The form in which a model points at lines."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from streams.backends.openai.pointing_answer import QUESTIONS, PointingAnswer
from streams.reading.numbered_questions import MOST_NUMBERED

KNOWN = frozenset(("KH", "T7", "R9"))


def read(**given: Any) -> PointingAnswer:
    """Return the answer that *given* is."""
    return PointingAnswer.model_validate_json(json.dumps(given))


def test_strict_servers_take_the_schema() -> None:
    """
    All properties are required, none are added, and there is no keyword that OpenAI's strict mode
    refuses.
    """
    schema = PointingAnswer.model_json_schema()
    objects = [schema, *schema["$defs"].values()]
    for one in objects:
        assert one["additionalProperties"] is False
        assert one["required"] == list(one["properties"])
    refused = {"default", "pattern", "maxItems", "minItems", "oneOf", "allOf"}
    assert not refused & _keywords(schema)


def _keywords(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return set().union(*map(_keywords, schema))
    if not isinstance(schema, dict):
        return set()
    return schema.keys() | set().union(*map(_keywords, schema.values()))


def test_every_ticket_has_the_same_schema() -> None:
    """
    It names eight questions, however many are asked, so that a provider's cache holds one.
    """
    assert QUESTIONS == ("Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7", "Q8")
    assert len(QUESTIONS) == MOST_NUMBERED


def test_a_good_answer() -> None:
    """
    Lines for what is asked, none where no line answers, null for the rest.
    """
    answer = read(Q1={"lines": ["KH", "T7"]}, Q2={"lines": []}, **dict.fromkeys(QUESTIONS[2:]))
    assert answer.codes() == {"Q1": ["KH", "T7"], "Q2": []}
    assert answer.faults(2, KNOWN) == []


@pytest.mark.parametrize("given", [{"lines": ["[kh]", " T7 "]}, ["KH", "T7"]])
def test_codes_are_read_in_the_forms_that_models_give(given: Any) -> None:
    """
    In brackets, in small letters, or as a list alone; questions that were not asked may be left
    out, or be empty, where a server does not hold the model to the schema.
    """
    answer = read(Q1=given, Q5={"lines": []})
    assert answer.codes()["Q1"] == ["KH", "T7"]
    assert answer.faults(1, KNOWN) == []


@pytest.mark.parametrize(
    ("given", "asked", "fault"),
    [
        ({"Q1": {"lines": ["KH"]}}, 2, "Q2 is missing"),
        ({"Q1": None}, 1, "Q1 is missing"),
        ({"Q1": {"lines": ["KH", "ZZ"]}}, 1, "Q1 has 'ZZ', which is no line's code"),
        ({"Q1": {"lines": []}, "Q3": {"lines": ["KH"]}}, 1, "Q3 was not asked"),
        ({"Q1": {"lines": [f"K{n}" for n in range(2, 11)]}}, 1, "Q1 has 9 lines"),
    ],
)
def test_what_is_wrong_is_said_exactly(given: Any, asked: int, fault: str) -> None:
    """
    The one repair names the question and the code.
    """
    assert any(one.startswith(fault) for one in read(**given).faults(asked, KNOWN))


@pytest.mark.parametrize("given", [{"Q1": {"lines": [7]}}, {"Q1": "KH"}, {"Q1": {"line": ["KH"]}}])
def test_other_forms_do_not_fit(given: Any) -> None:
    """
    What is no list of codes is refused.
    """
    with pytest.raises(ValidationError):
        read(**given)
