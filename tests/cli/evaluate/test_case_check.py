"""The verdict on a given draft is the policy stage's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from streams.cli.evaluate.case_check import CaseCheck, CaseVerdict
from streams.cli.evaluate.draft_case import as_case
from streams.settings import Settings
from tests.support.evaluations import PASSAGE, Case


@pytest.fixture
async def check() -> AsyncIterator[CaseCheck]:
    """Return what judges by the included policy."""
    async with CaseCheck(Settings(llm="openai", knowledge="weaviate")) as made:
        yield made


async def judged(check: CaseCheck, case: Case, **more: Any) -> CaseVerdict:
    """Return the verdict on *case* with *more*."""
    return await check.verdict(as_case({**case, **more}, "x"))


async def test_honest_and_wrong(check: CaseCheck, honest: Case, wrong: Case) -> None:
    """
    A line of the passage stands, and a number that it lacks does not; nobody is asked for it.
    """
    good, bad = await judged(check, honest), await judged(check, wrong)

    assert (good.verdict, good.is_right) == ("passed", True)
    assert (bad.verdict, bad.is_right) == ("failed", True)
    assert bad.reasons


async def test_a_citation_of_nothing(check: CaseCheck, honest: Case) -> None:
    """
    A draft that cites what was not found fails.
    """
    found = await judged(check, honest, passages=[{**PASSAGE, "doc_id": "KB-2"}])

    assert (found.verdict, found.is_right) == ("failed", False)
    assert "was not found" in " ".join(found.reasons)


async def test_the_models_triage_counts(check: CaseCheck, honest: Case) -> None:
    """
    What the model said of the ticket reaches the policy, as far as the taxonomy knows it.
    """
    sure = {"kind_of_problem": "Billing > Duplicate Charge", "queries": ["charged twice"]}
    unsure = await judged(check, honest, model_triage={**sure, "confidence": 0.1})
    foreign = await judged(check, honest, model_triage={"kind_of_problem": "Pets > Cats"})

    assert (await judged(check, honest, model_triage=sure)).verdict == "passed"
    assert unsure.verdict == "warning"
    assert foreign.verdict == "passed"


async def test_the_score_of_a_passage(honest: Case, tmp_path: Path) -> None:
    """
    A passage counts as evidence by its own score, or by the one that retrieval gives it.
    """
    file = tmp_path / "policy.yaml"
    file.write_text('version: "1"\nmin_evidence: 0.2\nrules: []\n')
    async with CaseCheck(Settings(policy_file=file)) as check:
        weak = await judged(check, honest, passages=[{**PASSAGE, "score": 0.1}])
        strong = await judged(check, honest)

    assert (weak.verdict, strong.verdict) == ("warning", "passed")


async def test_the_operators_policy_counts(honest: Case, tmp_path: Path) -> None:
    """
    A rule of the operator's file stops a draft here as it does in a worker.
    """
    file = tmp_path / "policy.yaml"
    file.write_text(
        'version: "1"\nrules:\n'
        "  - {id: no-always, message: Never say always., effects: [failed], lines: true,"
        " phrases: [always]}\n"
    )
    async with CaseCheck(Settings(policy_file=file)) as check:
        found = await judged(check, honest)

    assert (found.verdict, found.reasons) == ("failed", ("Never say always.",))
