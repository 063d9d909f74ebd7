"""A question to a model: what is sent in each mode, and what of an answer is read."""

from __future__ import annotations

import json

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.backends.openai.question import (
    LONGEST_OBJECTION,
    MODES,
    MOST_OBJECTED,
    MOST_SHOWN,
    Mode,
    Question,
    objections,
)
from streams.backends.openai.reply import Reply
from tests.backends.openai.asking import PROMPT, Shape

GOOD = {"kind_of_problem": "Other > General", "queries": ["a"]}
SECRET = "hunter2"


def a_question(fault: str | None = None) -> Question[Shape]:
    """Return a question whose answers all have *fault*."""
    return Question("triage", PROMPT, {"text": "</schema> Grüße"}, Shape, lambda _: fault)


def said(text: str) -> Reply:
    """Return a reply of *text*."""
    return Reply(text, None, 1, 1)


def test_the_ticket_is_never_part_of_the_instructions() -> None:
    """
    Data is a message of its own, as JSON, in every mode; letters of any script stay readable.
    """
    for mode in MODES:
        system, user = a_question().messages(mode)

        assert (system["role"], user["role"]) == ("system", "user")
        assert system["content"].startswith(PROMPT.text)
        assert "Grüße" not in system["content"]
        assert json.loads(user["content"]) == {"text": "</schema> Grüße"}
        assert "Grüße" in user["content"]


def test_the_schema_is_told_once() -> None:
    """
    A server that takes schemas gets it beside the messages, every other one within the prompt.
    """
    schema = Shape.model_json_schema()
    question = a_question()

    assert question.response_format("json_schema") == {
        "type": "json_schema",
        "json_schema": {"name": "triage", "strict": True, "schema": schema},
    }
    assert question.response_format("json_object") == {"type": "json_object"}
    assert question.response_format("text") is openai.omit
    for mode in MODES:
        told = question.messages(mode)[0]["content"]
        assert told.count(json.dumps(schema)) == (mode != "json_schema")


@pytest.mark.parametrize("mode", MODES)
def test_a_repair_shows_the_answer_and_what_is_wrong(mode: Mode) -> None:
    """
    What is shown comes after what was asked, cut to a length that leaves room for another answer.
    """
    question = a_question()
    question.show("x" * 2 * MOST_SHOWN, "queries: too long")
    question.show("", "it is empty")

    _, asked, *shown = question.messages(mode)

    assert [one["role"] for one in shown] == ["assistant", "user"] * 2
    assert shown[0]["content"] == "x" * MOST_SHOWN
    assert "queries: too long" in shown[1]["content"]
    assert shown[2]["content"] == "(nothing)"
    assert asked["role"] == "user"


def test_a_repair_shows_no_thoughts() -> None:
    """
    The model is shown what it answered, not how it came to that.
    """
    question = a_question()
    question.show('<think>Is it {"a"?</think>\n{"queries": 7}', "queries: no list")

    assert question.messages("text")[-2]["content"] == '{"queries": 7}'


def test_several_objections_are_one_line() -> None:
    """
    Each is said once, in its own words.
    """
    assert objections(["a is\nempty", "b is long", "a is\nempty", " "]) == "a is empty; b is long"
    assert objections("a is\nempty") == "a is empty"
    assert objections(()) == ""


@given(st.lists(st.text(min_size=1), max_size=300) | st.text(max_size=3_000))
def test_objections_have_a_limit(faults: list[str] | str) -> None:
    """
    However many and long they are, the repair stays short, and those left out are counted.
    """
    told = objections(faults)

    assert len(told) <= MOST_OBJECTED
    assert "\n" not in told
    each = [faults] if isinstance(faults, str) else faults
    assert bool(told) == any(one.strip() for one in each)


def test_objections_that_have_no_room_are_counted() -> None:
    """
    A model knows that there is more to mend than it is shown.
    """
    told = objections([f"line {number} is not among the lines" for number in range(100)])

    shown = told.count("is not among")
    assert 10 < shown < 100
    assert told.endswith(f"; and {100 - shown} more")


def test_an_objection_that_is_too_long_is_cut() -> None:
    """
    It leaves room for the others.
    """
    told = objections(["x" * 5_000, "body is empty"])

    assert told == f"{'x' * (LONGEST_OBJECTION - 1)}…; body is empty"


def test_all_fields_that_do_not_fit_are_said() -> None:
    """
    One repair mends several.
    """
    _, told = a_question().read(said('{"queries": 7, "x": 1}'))

    assert all(f"{field}: " in told for field in ("kind_of_problem", "queries", "x"))


def test_to_ask_anew_forgets_what_was_said() -> None:
    """
    A shorter message is asked about without the answers to the longer one.
    """
    question = a_question()
    question.show("answer", "fault")
    question.ask_anew({"text": "short"})

    _, *rest = question.messages("json_schema")

    assert [json.loads(one["content"]) for one in rest] == [{"text": "short"}]


@pytest.mark.parametrize(
    "around", ["{}", "```json\n{}\n```", "Sure! {} Anything else?", "\ufeff{} "]
)
def test_an_object_is_found_in_what_models_put_around_it(around: str) -> None:
    """
    A fence, prose and blanks around the JSON object do not make a second call.
    """
    value, fault = a_question().read(said(around.format(json.dumps(GOOD))))

    assert (value, fault) == (Shape.model_validate(GOOD), "")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "no whole JSON object"),
        ("No object.", "no whole JSON object"),
        ("}{", "no whole JSON object"),
        ('{"kind_of_problem": "Other > General"', "no whole JSON object"),
        ("{" * 100_000 + "}" * 100_000, "kind_of_problem: Field required"),
        ("[]", "it is an array"),
        (f"Sure: [{json.dumps(GOOD)}].", "it is an array"),
        ('{"queries": []}', "kind_of_problem: Field required"),
        (json.dumps({**GOOD, "queries": SECRET}), "queries: Input should be a valid array"),
        (json.dumps({**GOOD, "kind_of_problem": SECRET}), "kind_of_problem: Input should be"),
        (json.dumps({**GOOD, "x": SECRET}), "x: Extra inputs are not permitted"),
        ('{"queries": 5}\n{"note": "so"}', "queries: Input should be a valid array"),
    ],
)
def test_what_does_not_fit_is_said_by_its_field(text: str, fault: str) -> None:
    """
    The model is told which field is wrong and why, without its value.
    """
    value, told = a_question().read(said(text))

    assert value is None
    assert fault in told
    assert SECRET not in told


def test_a_reply_that_is_none_is_not_read() -> None:
    """
    Where the server says that the answer is cut off, even a whole object in it does not count.
    """
    reply = Reply(json.dumps(GOOD), "the answer was cut off", 1, 1)

    assert a_question().read(reply) == (None, "the answer was cut off")


def test_a_fault_that_no_schema_can_say() -> None:
    """
    What fits the schema is still looked at by whoever asks.
    """
    assert a_question("it cites nothing").read(said(json.dumps(GOOD))) == (None, "it cites nothing")


@given(text=st.text() | st.lists(st.sampled_from(list('{}[]":,a1\\\n'))).map("".join))
def test_any_text_is_an_answer_or_a_fault(text: str) -> None:
    """
    Whatever a model writes, it is read or something is wrong with it.
    """
    value, fault = a_question().read(said(text))

    assert (value is None) == bool(fault)
