"""The bench of drafts and verdicts, in small."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.quality import drafting
from tests.support.bench import printed
from tests.support.evaluations import a_case

pytestmark = pytest.mark.timeout(360)  # on a machine that does much else


def test_in_small(data: Path, tmp_path: Path) -> None:
    """
    Sample tickets, drafts and public data each have their figures, and goals are compared.
    """
    drafts = tmp_path / "drafts"
    drafts.mkdir()
    body = "A duplicate charge is always returned in full [KB-1001]."
    (drafts / "one.jsonl").write_text(json.dumps(a_case(body, must="passed", lang="en")))

    said = printed("bench.quality.drafting", "--quick", "--data", data, "--drafts", drafts)

    assert "right_first" in said
    assert re.search(r"right +0.218 +\S+ +\S+ to \S+ +78 +≥ 1, ", said)
    assert re.search(r"must_pass +0.779 +1 +0.2065 to 1 +1 +≥ 0.95, reached", said)
    assert "hit@1" in said
    assert "pointed: answer" in said
    assert re.search(r"verdicts +lines +passed +\d+\n", said)
    assert "bench.quality.verifier" in said
    assert "pointing   sample all" in said
    assert "banking77 test" in said
    assert '"drafting": ' in said
    assert f"skipped: {data}/injection is not there" in said


def test_what_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Without drafts and public data, that is said, and the rest is measured all the same.
    """
    nowhere, called = str(tmp_path / "nowhere"), list[tuple[str, ...]]()

    def output_of(*program: str) -> str:
        called.append(program)
        return json.dumps({"figures": []})

    monkeypatch.setattr(drafting, "output_of", output_of)
    said = CliRunner().invoke(drafting.main, ["--data", nowhere, "--drafts", nowhere]).stdout

    assert [program[:3] for program in called] == [
        ("streams.cli.main", "evaluate", "tickets"),
        ("streams.cli.main", "evaluate", "reading"),
        ("streams.cli.main", "evaluate", "verifier"),
        ("bench.quality.pointing",),
        ("bench.load.stages", "--tickets", "480"),
    ]
    assert said.count(f"skipped: {nowhere} is not there") == 2
    assert f"skipped: {nowhere}/halueval, {nowhere}/pii is not there" in said
