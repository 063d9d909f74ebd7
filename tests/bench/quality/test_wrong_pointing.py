"""Drafts of a model that points at wrong lines."""

from __future__ import annotations

import random

import pytest

from bench.quality.verdict_bench import VerdictBench
from bench.quality.wrong_pointing import (
    NEVER,
    KnownTicket,
    all_wrongly_pointed,
    known_of_draft,
    pointed,
    wrong_choices,
    wrongly_pointed,
)
from streams.evidence.lines import PassageLines
from tests.support.draft_cases import a_drafted_case, own_twins

TWINS = {case.group("of"): case for case in own_twins()}


@pytest.fixture(scope="module")
def bench() -> VerdictBench:
    """Return the default policy and voice."""
    return VerdictBench()


async def _known(of: str, bench: VerdictBench) -> KnownTicket:
    return known_of_draft(await a_drafted_case(TWINS[of]), bench)


def _chance() -> random.Random:
    return random.Random(1)  # noqa: S311  # a sample, not a secret


@pytest.mark.parametrize("of", ["control-api2", "control-restore"])
async def test_no_kind_has_all_that_is_right(bench: VerdictBench, of: str) -> None:
    """
    Whatever a wrong choice takes with it, a right line is missing, of several questions' too.
    """
    known = await _known(of, bench)
    lines = PassageLines(known.ticket.passages)
    choices = list(wrong_choices(known, ["How do I create an API token?"], _chance()))

    assert {kind for kind, _ in choices} >= {
        *NEVER[:2],
        "line of the right article",
        "line of another article",
        "for another question",
        "at random",
    }
    assert not any(set(known.right) <= set(lines.whole(refs)) for _, refs in choices)


async def test_each_question_gets_the_lines(bench: VerdictBench) -> None:
    """
    A draft that points at the right lines for each of several questions passes.
    """
    known = await _known("control-restore", bench)
    made = await pointed(known.ticket, known.right, bench)

    assert len(known.ticket.reading.questions) == 2
    assert made.unanswered == ()
    assert bench.rules(made) == set()


async def test_another_row_is_of_the_table_that_the_customer_means(bench: VerdictBench) -> None:
    """
    Where the customer names a plan, the rows of the others stand in for its own.
    """
    known = await _known("control-api2", bench)
    lines = PassageLines(known.ticket.passages)
    rows = [refs for kind, refs in wrong_choices(known, [], _chance()) if kind == "another row"]

    assert {lines[refs[0]].text.partition(":")[0] for refs in rows} == {
        "Free",
        "Team",
        "Enterprise",
    }


async def test_a_step_is_taken_out_of_the_text(bench: VerdictBench) -> None:
    """
    No writer can leave out what a line needs, so that the draft is cut afterwards.
    """
    known = await _known("control-cancel2", bench)
    made = [p async for p in wrongly_pointed(known, [], bench, _chance()) if p.kind == NEVER[2]]
    bodies = [one.draft.answer_draft.body for one in made]

    assert any("Confirm cancellation" in b and "Open Settings" not in b for b in bodies)
    assert all(bench.verifier_rules(one.draft) for one in made)


async def test_half_an_answer_is_known_by_what_a_right_reply_says(bench: VerdictBench) -> None:
    """
    Only where somebody has said what a right reply says; and one that says it is none.
    """
    known = await _known("control-email2", bench)
    told = KnownTicket(known.ticket, known.right, lambda said: "Your tasks" in said)

    async def kinds(one: KnownTicket) -> list[str]:
        return [made.kind async for made in wrongly_pointed(one, [], bench, _chance())]

    assert "half an answer" not in await kinds(known)
    assert (await kinds(told)).count("half an answer") == 1


async def test_the_same_every_time(bench: VerdictBench) -> None:
    """
    Chance has a seed, so that figures can be repeated.
    """
    known = [await _known(of, bench) for of in ("control-api2", "control-2fa2")]
    first, second = [
        [(p.kind, p.refs) async for p in all_wrongly_pointed(known, bench)] for _ in "12"
    ]

    assert first == second
