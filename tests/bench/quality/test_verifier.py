"""The bench of the verifier, on a few of the known drafts."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bench.quality.verifier import alone, label_of, wrong_pointing
from streams.evidence.lines import PassageLines
from tests.support.bench import printed
from tests.support.draft_cases import CASES, a_drafted_case, cases_of, own_twins

pytestmark = pytest.mark.timeout(360)  # on a machine that does much else


def test_verifier(tmp_path: Path) -> None:
    """
    It counts verdicts, says what becomes of wrong pointing, and which rule alone kept a draft.
    """
    wrong, honest = (cases_of("given")[n] for n in (0, 16))
    few = tmp_path / "few.jsonl"
    few.write_text("\n".join(case.model_dump_json() for case in (wrong, honest, own_twins()[4])))

    said = printed("bench.quality.verifier", few)

    assert "verdicts   lines    passed   1" in said
    assert "verdicts   wrong    failed   1" in said
    assert "pointing   one other line       passed   0 of" in said
    assert "rules      " in said


def test_labels() -> None:
    """
    A case is what must become of it.
    """
    case = own_twins()[0]
    musts = ("not passed", "not failed", "passed", "not warning")
    labels = [label_of(case.model_copy(update={"must": must})) for must in musts]

    assert labels == ["wrong", "honest", "lines", "other"]


def test_a_rule_that_alone_kept_a_draft() -> None:
    """
    Where two rules keep a draft, neither did alone.
    """
    kept = [
        ("wrong", frozenset(("a",))),
        ("lines", frozenset(("a",))),
        ("wrong", frozenset(("a", "b"))),
        ("wrong", frozenset[str]()),
    ]

    assert alone(kept) == {"a": {"wrong": 1, "lines": 1}}


async def test_wrong_pointing_has_nothing_right() -> None:
    """
    No way of pointing wrongly takes a right line, or one that takes one with it.
    """
    ticket = await a_drafted_case(own_twins()[0])
    lines = PassageLines(ticket.passages)
    right = list(lines)[7:8]
    chance = random.Random(1)  # noqa: S311  # a sample, not a secret
    trials = list(wrong_pointing(ticket, right, chance))

    assert {kind for kind, _ in trials} >= {"one other line", "at random"}
    assert not any(set(lines.whole(right)) & set(lines.whole(refs)) for _, refs in trials)
    assert CASES.is_dir()
