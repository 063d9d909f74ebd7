"""The exam of a model: planted questions, before it points at lines of real articles."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from streams.backends.openai.exam import ExamResult, PlantedQuestion, examine, planted_tickets
from streams.backends.openai.model import LanguageModel
from streams.backends.openai.pointing import Pointer
from streams.errors import Unavailable
from streams.ports import LineRef
from streams.prompts import prompt_of
from tests.support.llm import LlmServer, Say
from tests.support.llm_points import WAYS

Make = Callable[..., LanguageModel]
RIGHT, ALLOWED, WRONG = LineRef("A", 1), LineRef("A", 2), LineRef("A", 3)


def a_pointer(model: LanguageModel) -> Pointer:
    """Return what has *model* point."""
    return Pointer(model, prompt_of("pointing"), lambda: datetime(2026, 11, 30, tzinfo=UTC))


async def test_an_honest_model_passes(llm: LlmServer, make: Make) -> None:
    """
    One that reads the question and the lines. Each ticket is one call, and all go at once.
    """
    result = await examine(a_pointer(make()))
    assert result.passed
    assert result.decoys == 0
    assert len(llm.calls) == len(planted_tickets()) == 4


@pytest.mark.parametrize("how", sorted(WAYS.keys() - {"honest"}))
async def test_a_model_that_points_wrongly_fails(llm: LlmServer, make: Make, how: str) -> None:
    """
    At random, at the first line, at all, at none, at half of what is needed, at a decoy, at what
    is no line, upwards, or at lines of the right article that say something else.
    """
    llm.default = Say.points(how)
    assert not (await examine(a_pointer(make()))).passed


@pytest.mark.parametrize(
    "say", [Say.points_of_another(), Say.nonsense(), Say.answer_with({}), Say.refusal()]
)
async def test_a_model_that_does_not_answer_in_the_form_fails(
    llm: LlmServer, make: Make, say: Say
) -> None:
    """
    Prose, an empty object, a refusal, and codes of the ticket before.
    """
    llm.default = say
    result = await examine(a_pointer(make()))
    assert not result.passed
    assert result.right <= 1


async def test_a_model_that_is_away_does_not_fail(llm: LlmServer, make: Make) -> None:
    """
    That is an outage, and no result.
    """
    model = make(stage_seconds=0.5)
    await llm.stop()
    with pytest.raises(Unavailable):
        await examine(a_pointer(model))
    await llm.start()


def test_what_is_planted() -> None:
    """
    Two languages; questions that lines answer, by one or by two, and one a language that none
    does.
    """
    planted = planted_tickets()
    assert {one.ticket.reading.language for one in planted} == {"en", "de"}
    questions = [q for one in planted for q in one.questions]
    assert len(questions) == 11
    assert [len(q.right) for q in questions].count(0) == 2
    assert max(len(q.right) for q in questions) == 2
    for one in planted:
        known = {LineRef(p.doc_id, line.n) for p in one.ticket.passages for line in p.lines}
        assert all(q.right | q.allowed <= known for q in one.questions)
        assert len(one.questions) == len(one.ticket.reading.questions)
        assert all(q.rstrip("?") for q in one.ticket.reading.questions)


@pytest.mark.parametrize(
    ("chosen", "is_right"),
    [
        ([RIGHT], True),
        ([RIGHT, ALLOWED], True),
        ([ALLOWED], False),
        ([RIGHT, WRONG], False),
        ([], False),
    ],
)
def test_a_right_choice(chosen: list[LineRef], is_right: bool) -> None:
    """
    All that answers, and nothing that does not.
    """
    question = PlantedQuestion(frozenset({RIGHT}), frozenset({ALLOWED}))
    assert question.is_right(chosen) is is_right


@pytest.mark.parametrize(
    ("right", "left_open", "decoys", "passed"),
    [
        (9, 2, 0, True),
        (8, 2, 0, True),
        (7, 2, 0, False),
        (9, 1, 0, False),
        (9, 2, 1, False),
    ],
)
def test_who_passes(right: int, left_open: int, decoys: int, passed: bool) -> None:
    """
    Eight of nine, both open ones left open, and no decoy.
    """
    result = ExamResult(right, 9, left_open, 2, decoys)
    assert result.passed is passed
    assert str(right) in str(result)
