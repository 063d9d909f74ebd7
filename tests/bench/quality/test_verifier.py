"""The bench of the verifier, on a few of the known drafts."""

from __future__ import annotations

import re

import pytest

from bench.quality.sample_tickets import sample_tickets
from bench.quality.verifier import QUICK_TICKETS, alone, label_of, measure
from tests.support.draft_cases import cases_of, own_twins

pytestmark = pytest.mark.timeout(360)  # on a machine that does much else


async def test_verifier(capsys: pytest.CaptureFixture[str]) -> None:
    """
    It counts verdicts, says which rule alone kept a draft, and what becomes of wrong pointing: at
    most 3 of 100 such drafts pass, and none of the kinds that never may.
    """
    wrong, honest = (cases_of("given")[n] for n in (0, 16))
    right = [
        case for case in own_twins() if case.group("of") in ("control-api2", "control-restore")
    ]

    await measure([wrong, honest, *right], sample_tickets()[:QUICK_TICKETS])
    said = capsys.readouterr().out

    assert "verdicts   lines    passed   2" in said
    assert "verdicts   wrong    failed   1" in said
    assert re.search(r"right +sample +pass the verifier +\d of \d\n", said)
    for told in ("drafts", "sample"):
        whole = re.search(rf"pointing +{told} +all +passed +(\d+), .* of +(\d+), goal 3%", said)
        assert whole
        assert int(whole[1]) <= 0.03 * int(whole[2])
    assert re.findall(r"passed +([1-9]\d*), .* goal 0$", said, re.M) == []
    assert len(re.findall(r" goal 0$", said, re.M)) >= 5
    assert re.search(r"rules +not-bearing +wrong +\d+ +right +0", said)


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
