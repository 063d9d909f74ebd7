"""Drafts whose verdict is known: wrong ones, honest ones, and twins of these made of lines."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from streams.cli.evaluate.draft_case import DraftCase
from streams.definitions.policy_rules import load_policy
from streams.policy import check_draft
from tests.support.draft_cases import a_drafted_case, cases_of, own_twins
from tests.support.drafts import VOICE

NOW = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
POLICY = load_policy()
GIVEN, TWINS = cases_of("given"), own_twins()
KEPT_BACK = {"twin-region", "twinS-h-slack"}
"""A line beside one of its own restricts it, though not in the customer's case; the message is one
question of 41 words that no line answers by itself, though the lines answer what the model made of
it."""
HALF = {"twinS-h-charity", "twinS-h-upload"}
"""They leave a question open: which documents are needed, and what can be done."""


async def _compliance(case: DraftCase) -> str:
    ticket = await a_drafted_case(case)
    made = await check_draft(ticket, policy=POLICY, voice=VOICE, now=lambda: NOW)
    return made.policy_check.compliance


@pytest.mark.parametrize("case", [pytest.param(c, id=c.id) for c in GIVEN])
async def test_a_wrong_draft_never_passes_and_an_honest_one_never_fails(
    case: DraftCase,
) -> None:
    """
    What a model invents does not pass; what it says in other words than the article does not fail.
    """
    assert case.is_met_by(await _compliance(case))


@pytest.mark.parametrize("case", [pytest.param(c, id=c.id) for c in TWINS])
async def test_a_draft_made_of_lines_passes(case: DraftCase) -> None:
    """
    The lines that answer a question, with our own phrases around them, can be sent as they are.
    Two of twenty are kept back in vain, and two are half an answer.
    """
    kept = case.id in KEPT_BACK | HALF
    assert await _compliance(case) == ("warning" if kept else "passed")


def test_there_are_cases_of_each_kind() -> None:
    """
    93 wrong drafts, 20 honest ones, and a twin of each of these.
    """
    wrong = [case for case in GIVEN if case.must == "not passed"]

    assert (len(wrong), len(GIVEN) - len(wrong), len(TWINS)) == (93, 20, 20)
