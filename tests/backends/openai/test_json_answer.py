"""The object in what a model says, by what its server sends."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.backends.openai.json_answer import is_array, objects_in, said_last
from streams.backends.openai.model import LanguageModel
from tests.backends.openai.asking import asked
from tests.support.llm import LlmServer, Say

RIGHT = "Billing > Duplicate Charge"
WRONG = json.dumps({"kind_of_problem": "Other > General", "queries": []})

WITHIN = {
    "fence": "```json\n{}\n```",
    "prose": "Certainly! Here it is: {} Shall I go on {with it}?",
    "thought": '<think>It is {"kind_of_problem": or {x}. Hm.</think>\n{}',
    "thought with another answer": f"<think>First {WRONG}, no.</think>{{}}",
    "thinking": f"<thinking>\nPerhaps {WRONG}\n</thinking>\n\n{{}}",
    "thought whose begin is left out": f"Perhaps {WRONG}.\n</think>\n\n{{}}",
    "thought without an end": '<think>\nThe customer {was} charged: {"a": so\n{}',
    "two thoughts": f"<think>{WRONG}</think> Well. <think>{WRONG}</think> {{}}",
    "Mistral's thought": f"[THINK]{WRONG}[/THINK]{{}}",
    "thought in a channel": (
        f"<|channel|>analysis<|message|>{WRONG}<|end|><|start|>assistant<|channel|>final<|message|>"
        "{}<|return|>"
    ),
    "corrected": f"{WRONG}\n\nWait, they were charged twice:\n\n{{}}",
    "schema first": f'{{"type": "object", "properties": 0}} {WRONG} {{}}',
    "another object behind": '{}\n{"note": "I hope that this helps."}',
    "citation before": "As [KB-1001] and [2] say: {}",
    "wrapped": '{"answer": {}}',
    "wrapped by name": '{"name": "triage", "arguments": {}}',
    "call in words": '<tool_call>\n{"name": "triage", "parameters": {}}\n</tool_call>',
    "byte order mark": "\ufeff{}",
}


@pytest.mark.parametrize("around", WITHIN.values(), ids=WITHIN)
async def test_what_models_put_around_an_answer(
    llm: LlmServer, make: Callable[..., LanguageModel], around: str
) -> None:
    """
    The last object that fits is the answer, if no thought ends behind it; nothing is asked again.
    """
    llm.next(Say.answer_within(around))

    answer = await asked(make())

    assert (answer.value.kind_of_problem, len(llm.calls)) == (RIGHT, 1)


MESSAGES: dict[str, dict[str, Any]] = {
    "parts": {"content": [{"type": "text", "text": "{}"}]},
    "parts with a thought": {
        "content": [
            {"type": "thinking", "thinking": [{"type": "text", "text": WRONG}]},
            {"type": "text", "text": "{}"},
        ]
    },
    "thought beside it": {"content": "{}", "reasoning_content": f"So {WRONG}"},
    "thought beside it, by its other name": {"content": "{}", "reasoning": f"So {WRONG}"},
    "all among the thoughts": {"content": None, "reasoning_content": "{}"},
    "tool call": {
        "content": None,
        "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
        ],
    },
    "tool call beside prose": {
        "content": "I call the tool.",
        "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
        ],
    },
    "function call": {"content": None, "function_call": {"name": "f", "arguments": "{}"}},
}


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
async def test_where_servers_put_an_answer(
    llm: LlmServer, make: Callable[..., LanguageModel], message: dict[str, Any]
) -> None:
    """
    As text, in parts, as a call of a tool, and beside thoughts, which are none.
    """
    finish = "tool_calls" if "tool_calls" in message else "stop"
    llm.next(Say.message(message, finish))

    answer = await asked(make())

    assert (answer.value.kind_of_problem, len(llm.calls)) == (RIGHT, 1)


GOOD = {"kind_of_problem": RIGHT, "queries": ["a, ]", 'say "x,}"']}
WRITTEN = {
    "a string that is JSON": json.dumps(json.dumps(GOOD)),
    "a string in a fence": f"<think>So</think>\n```json\n{json.dumps(json.dumps(GOOD))}\n```",
    "a string in an object": json.dumps({"answer": json.dumps(GOOD)}),
    "a call whose arguments are a string": json.dumps({"call": {"arguments": json.dumps(GOOD)}}),
    "commas too many": json.dumps(GOOD)[:-2] + ",],}",
    "commas too many in a fence": f"```\n{json.dumps(GOOD, indent=1)[:-2]} , }}\n```",
    "the end of a thought in a string": json.dumps(GOOD | {"queries": ["</think>"]}),
}


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
async def test_how_models_write_an_answer(
    llm: LlmServer, make: Callable[..., LanguageModel], written: str
) -> None:
    """
    JSON in a string is read, and so is JSON with commas too many; what is in strings stays.
    """
    llm.next(Say.answer_with(written))

    answer = await asked(make())

    assert answer.value.model_dump()["queries"] in (GOOD["queries"], ["</think>"])
    assert len(llm.calls) == 1


async def test_a_line_that_breaks_in_a_string(
    llm: LlmServer, make: Callable[..., LanguageModel]
) -> None:
    """
    JSON does not allow it, models do it, and what they mean is plain.
    """
    llm.next(Say.answer_with(json.dumps(GOOD | {"queries": ["a@b\tc"]}).replace("@", "\n")))

    assert (await asked(make())).value.queries == ["a\nb\tc"]
    assert len(llm.calls) == 1


@pytest.mark.parametrize("around", ["[{}]", "```json\n[{}]\n```", "Here you are: [{}, {}]."])
async def test_an_array_is_no_answer(
    llm: LlmServer, make: Callable[..., LanguageModel], around: str
) -> None:
    """
    Nobody knows which of its objects is meant: the model is asked once more, and told so.
    """
    llm.next(Say.answer_within(around))

    await asked(make())

    assert "it is an array" in llm.calls[1].body["messages"][-1]["content"]


async def test_what_is_thought_is_no_answer(
    llm: LlmServer, make: Callable[..., LanguageModel]
) -> None:
    """
    A model that has answered in a thought and ended it has not answered.
    """
    llm.next(Say.answer_within("<think>{}</think>I do not know."))

    await asked(make())

    assert llm.calls[1].body["messages"][-2]["content"] == "I do not know."


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("<think>a</think> b ", "b"),
        ("a</THINK>b", "b"),
        ("b", "b"),
        ("<think>a</think>", "<think>a</think>"),
    ],
)
def test_what_is_said_after_thoughts(text: str, last: str) -> None:
    """
    Where nothing follows the thoughts, they are all there is.
    """
    assert said_last(text) == last


@pytest.mark.parametrize(
    ("text", "found"), [("[]", True), ("a [1] b", True), ("[KB-1]", False), ("{}", False)]
)
def test_an_array_is_told_from_brackets(text: str, found: bool) -> None:
    """
    A citation is none.
    """
    assert is_array(text) is found


@pytest.mark.parametrize(
    "text",
    [
        "{" * 4_000_000,
        '{"' * 2_000_000,
        '{"a":' * 800_000,
        "[" * 4_000_000,
        '["a",' * 800_000,
        '{"a":1}' * 500_000,
        '{"a":{"b":1}}' * 300_000,
        "</think>" * 500_000,
        '"' * 4_000_000,
        '"' + "\\\\" * 2_000_000,
        "{} ," * 1_000_000,
    ],
    ids=lambda text: text[:12],
)
def test_what_is_no_answer_is_soon_known(text: str) -> None:
    """
    The largest reply that is read keeps nobody waiting, whatever a model repeats in it.
    """
    began = time.process_time()
    objects_in(text)
    said_last(text)

    assert time.process_time() - began < 1


@pytest.mark.parametrize("depth", [100, 300, *range(800, 1_000, 7), 100_000])
def test_an_object_of_any_depth_is_one_or_none(depth: int) -> None:
    """
    One that is too deep to be read is no answer.
    """
    assert len(objects_in('{"a":\n' * depth + "1" + "}" * depth)) in (0, 2)


json_objects = st.dictionaries(
    st.text(), st.recursive(st.none() | st.text() | st.integers(), st.lists)
)


@given(value=json_objects, before=st.text("abc .\n"), after=st.text())
def test_any_object_is_found_whole(value: dict[str, Any], before: str, after: str) -> None:
    """
    Whatever its strings have in them, and whatever words come before it or any text behind.
    """
    text = f"{before}{json.dumps(value)}{after}"

    assert "</" in after or value in [json.loads(one) for one in objects_in(text)]
