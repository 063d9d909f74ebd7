"""Drafts in four languages whose writers had not seen the rules of the verifier."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from streams.definitions.policy_rules import load_policy
from streams.policy import check_draft
from tests.support.draft_cases import CASES, a_drafted_case, cases_of
from tests.support.drafts import VOICE

NOW = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
LEAST = {"not passed": 0.98, "not failed": 0.85, "passed": 0.8}
"""The share of drafts that is judged as it must be. `make evaluate` prints all of them."""


@pytest.mark.timeout(300)
async def test_few_are_judged_wrongly() -> None:
    """
    Of wrong drafts at most two of a hundred pass, of honest ones at most three of twenty fail,
    and of those made of lines at least four of five pass.
    """
    policy, right, of = load_policy(), Counter[str](), Counter[str]()
    names = sorted(file.stem for file in CASES.glob("*.jsonl") if file.stem != "given")
    for case in (case for name in names for case in cases_of(name)):
        drafted = await a_drafted_case(case)
        made = await check_draft(drafted, policy=policy, voice=VOICE, now=lambda: NOW)
        must = str(case.must)
        of[must] += 1
        right[must] += bool(case.is_met_by(made.policy_check.compliance))
    assert {must for must in of if right[must] < LEAST[must] * of[must]} == set(), (right, of)
