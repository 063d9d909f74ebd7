"""Which way a language model drafts, and when the embedded selection does in its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from schemas import GroundedTicket
from streams import metrics
from streams.backends.embedded.writer import EmbeddedWriter
from streams.backends.openai.model import LanguageModel
from streams.backends.openai.writer import OpenAIWriter, Way
from streams.errors import BadAnswer, BudgetSpent, Unavailable
from streams.ports import Draft, LineRef
from streams.prompts import prompt_of
from tests.backends.openai.asking import a_writer
from tests.support.drafts import a_grounded, a_passage
from tests.support.llm import LlmServer, Say

Make = Callable[..., LanguageModel]
RETURNED = LineRef("KB-1001", 2)
TEXT = "Is a duplicate charge always returned in full?"


def a_ticket(**fields: Any) -> GroundedTicket:
    """Return a ticket that one line answers."""
    return a_grounded(a_passage(), text=TEXT, **fields)


def chosen(draft: Draft) -> list[LineRef]:
    """Return all lines of *draft*."""
    return [ref for choice in draft.choices for ref in choice.lines]


def found(draft: Draft) -> list[str]:
    """Return the types of what was found."""
    return [finding.type for finding in draft.findings]


def way(make: Make, way: Way, **settings: Any) -> OpenAIWriter:
    """Return a writer that drafts this *way*."""
    return a_writer(make(**settings), way)


async def test_a_model_that_passes_points(llm: LlmServer, make: Make) -> None:
    """
    It sits the exam once; then its choice is the draft, with what its call took.
    """
    writer = way(make, "auto")
    draft = await writer.write(a_ticket())
    exam = len(llm.calls) - 1
    assert exam == 4
    assert draft.report
    assert (draft.report.backend, draft.report.calls) == ("openai", 1)
    assert draft.report.prompt == prompt_of("pointing").version
    assert RETURNED in chosen(draft)
    assert (draft.prose, found(draft), draft.degraded) == (None, [], False)
    await writer.write(a_ticket())
    assert len(llm.calls) == exam + 2


@pytest.mark.parametrize("how", ["first", "random", "all", "counting", "empty", "half"])
async def test_a_model_that_cannot_point_does_not_draft(
    llm: LlmServer, make: Make, how: str
) -> None:
    """
    The embedded selection does, and the result says so. No ticket is sent to the model.
    """
    llm.default = Say.points(how)
    writer = way(make, "auto")
    for _ in range(2):
        draft = await writer.write(a_ticket())
        assert found(draft) == ["model_cannot_point"]
        assert chosen(draft) == chosen(await EmbeddedWriter().write(a_ticket()))
        assert draft.report
        assert draft.report.backend == "embedded"
    assert not any(TEXT in str(call.body) for call in llm.calls)


async def test_pointed_needs_no_exam(llm: LlmServer, make: Make) -> None:
    """
    An operator who says so has a model point that was not examined.
    """
    draft = await way(make, "pointed").write(a_ticket())
    assert len(llm.calls) == 1
    assert RETURNED in chosen(draft)


@pytest.mark.parametrize("how", ["decoy", "first", "all"])
async def test_an_answer_with_a_decoy_is_thrown_away(llm: LlmServer, make: Make, how: str) -> None:
    """
    There is no second try: who picks one has not read what it chose. The embedded selection drafts,
    marked, so that the verdict is a warning at best; the call is paid for and counted.
    """
    count = metrics.FALLBACKS.labels("drafting", "decoy")
    before = count._value.get()
    llm.default = Say.points(how)
    draft = await way(make, "pointed").write(a_ticket())
    assert found(draft) == ["decoy_chosen"]
    assert draft.degraded
    assert chosen(draft) == chosen(await EmbeddedWriter().write(a_ticket()))
    assert len(llm.calls) == 1
    assert draft.report
    assert (draft.report.backend, draft.report.calls) == ("embedded", 1)
    assert draft.report.tokens_in > 0
    assert count._value.get() == before + 1


async def test_a_code_of_no_line_is_repaired_once(llm: LlmServer, make: Make) -> None:
    """
    The model is told which code of which question no line has; if it insists, that is a bad answer.
    """
    writer = way(make, "pointed")
    llm.next(Say.points("unknown"))
    draft = await writer.write(a_ticket())
    assert "no line's code" in llm.calls[-1].body["messages"][-1]["content"]
    assert "Q1 has" in llm.calls[-1].body["messages"][-1]["content"]
    assert RETURNED in chosen(draft)
    llm.next(Say.points("unknown"), Say.points("unknown"))
    with pytest.raises(BadAnswer):
        await writer.write(a_ticket())


OTHERS = {
    "note behind": '{}\n{"note": "second"}',
    "note before": '{"note": "first"}\n{}',
    "nothing behind": "{}\n{ }",
    "nothing before": "{ }\n{}",
    "notes on both sides": '{"note": {"why": "it fits"}} {} {"confidence": 0.9}',
    "null behind": '{}\n{"Q1": null, "body": null}',
    "wrapped, and a note behind": '{"answer": {}}\n{"note": "second"}',
    "another form of the name behind": '{}\n{"Q1": "see above", "body": 1}',
}


@pytest.mark.parametrize("around", OTHERS.values(), ids=OTHERS)
@pytest.mark.parametrize("by", ["pointed", "written"])
async def test_an_object_beside_the_answer(
    llm: LlmServer, make: Make, by: Way, around: str
) -> None:
    """
    What has no field of the schema is no answer, before or behind one: nothing is asked again.
    """
    llm.default = Say.answer_within(around)

    draft = await way(make, by).write(a_ticket())

    assert len(llm.calls) == 1
    assert chosen(draft) == [RETURNED] if by == "pointed" else draft.prose


async def test_lines_for_another_ticket_name_nothing(llm: LlmServer, make: Make) -> None:
    """
    Codes are dealt anew: those of the ticket before are no line's, so a draft never has them.
    """
    writer = way(make, "pointed")
    llm.default = Say.points_of_another()
    await writer.write(a_ticket(ticket={"ticket_id": "T-0", "raw_message": TEXT}))
    with pytest.raises(BadAnswer):
        await writer.write(a_ticket(ticket={"ticket_id": "T-2", "raw_message": TEXT}))


async def test_nothing_chosen_is_a_holding_answer(llm: LlmServer, make: Make) -> None:
    """
    A model may say that no line answers: each question is there, without one.
    """
    llm.default = Say.points("empty")
    draft = await way(make, "pointed").write(a_ticket())
    assert [(choice.question, choice.lines) for choice in draft.choices] == [(TEXT, ())]
    assert not draft.degraded


async def test_written_is_prose(llm: LlmServer, make: Make) -> None:
    """
    An operator who wants prose gets it, without an exam.
    """
    draft = await way(make, "written").write(a_ticket())
    assert len(llm.calls) == 1
    assert draft.prose
    assert draft.report
    assert draft.report.prompt == prompt_of("drafting").version


@pytest.mark.parametrize(
    ("spoken", "locale", "is_prose"),
    [
        ("de", "en", True),
        ("de-AT", "en-US", True),
        ("ja", None, True),
        ("en-GB", "en", False),
        ("de", "de_DE", False),
        ("und", "en", False),
        ("", "en", False),
    ],
)
async def test_a_language_that_no_passage_has(
    llm: LlmServer, make: Make, spoken: str, locale: str | None, is_prose: bool
) -> None:
    """
    A customer who could not read the lines gets prose; one whose language is not known does not.
    """
    ticket = a_grounded(a_passage(locale=locale), text=TEXT, language=spoken)
    draft = await way(make, "auto").write(ticket)
    assert (draft.prose is not None) is is_prose


async def test_a_model_that_cannot_point_writes_no_prose_either(llm: LlmServer, make: Make) -> None:
    """
    In another language than the articles' the embedded selection drafts, as in theirs.
    """
    llm.default = Say.points("random")
    draft = await way(make, "auto").write(a_grounded(a_passage(), language="ja"))
    assert (draft.prose, found(draft)) == (None, ["model_cannot_point"])


@pytest.mark.parametrize("kind", ["thanks", "auto_reply", "empty"])
@pytest.mark.parametrize("of", ["auto", "pointed", "written"])
async def test_nobody_pays_for_what_asks_for_nothing(
    llm: LlmServer, make: Make, of: Way, kind: str
) -> None:
    """
    Neither does anybody where there is no passage to answer from.
    """
    writer = way(make, of)
    for ticket in (a_grounded(a_passage(), kind=kind), a_grounded()):
        written = await writer.write(ticket)
        assert written.report
        assert written.report.backend == "embedded"
    assert llm.calls == []


async def test_a_model_that_is_away_before_its_exam(llm: LlmServer, make: Make) -> None:
    """
    A ticket that finds no model examined yet meets an outage, which `on_outage` decides on.
    """
    writer = way(make, "auto", stage_seconds=0.5)
    await llm.stop()
    with pytest.raises(Unavailable):
        await writer.write(a_ticket())
    await llm.start()


async def test_money_that_is_spent_before_the_exam(llm: LlmServer, make: Make) -> None:
    """
    The exam costs, too: without money there is none, and the ticket goes on as one without money.
    """

    class Broke:
        async def ready(self, seconds: float) -> None:
            """All is known."""

        def require(self, payer: object) -> None:
            """Nothing is left."""
            raise BudgetSpent("spent")

        def pay(self, payer: object, dollars: float) -> None:
            """Nothing is paid."""

    model = make()
    model._limit = Broke()  # type: ignore[assignment]
    with pytest.raises(BudgetSpent):
        await a_writer(model, "auto").write(a_ticket())
    assert llm.calls == []
