"""The bench of the verifier, on a few of the known drafts."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bench.quality.verifier import alone, label_of
from tests.support.bench import printed
from tests.support.draft_cases import cases_of, own_twins

pytestmark = pytest.mark.timeout(360)  # on a machine that does much else


def test_verifier(tmp_path: Path) -> None:
    """
    It counts verdicts, says which rule alone kept a draft, and what becomes of wrong pointing: at
    most 3 of 100 such drafts pass, and none of the kinds that never may.
    """
    wrong, honest = (cases_of("given")[n] for n in (0, 16))
    few = tmp_path / "few.jsonl"
    few.write_text("\n".join(map(json.dumps, [wrong, honest, own_twins()[4]])))

    said = printed("bench.quality.verifier", few)

    assert "verdicts   lines    passed   1" in said
    assert "verdicts   wrong    failed   1" in said
    for told in ("drafts", "sample"):
        whole = re.search(rf"pointing +{told} +all +passed +(\d+), .* of +(\d+), goal 3%", said)
        assert whole
        assert int(whole[1]) <= 0.03 * int(whole[2])
    assert re.findall(r"passed +([1-9]\d*), .* goal 0$", said, re.M) == []
    assert len(re.findall(r" goal 0$", said, re.M)) >= 5
    assert re.search(r"rules +not-bearing +wrong +\d+ +right +0", said)


def test_a_few_tickets() -> None:
    """
    Without drafts, the sample is measured all the same; --quick takes a few of its tickets.
    """
    said = printed("bench.quality.verifier", "--quick")

    assert re.search(r"right +sample +pass the verifier +\d of \d\n", said)
    assert "pointing   drafts all" not in said


def test_labels() -> None:
    """
    A case is what must become of it.
    """
    assert [label_of({"must": must}) for must in ("not passed", "not failed", "passed", "-")] == [
        "wrong",
        "honest",
        "lines",
        "other",
    ]


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
