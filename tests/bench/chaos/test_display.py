"""How rows are shown to a program and to a person."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bench.chaos.display import COLUMNS, Shown
from bench.chaos.row import RunRow
from tests.bench.chaos.test_row import FOUND, RUN, WELL, a_row
from tests.support.command_line import ESCAPE, person, screen, seen_of


def test_a_program_gets_json_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """
    Standard output has a row a line, standard error what failed, with the run's title.
    """
    rows = [a_row(), a_row(counts=replace(WELL, lost=2))]
    with Shown() as shown:
        for row in rows:
            shown.begin(RUN)
            shown.progress(3, 100)
            shown.row(row)

    out, said = capsys.readouterr()
    assert [json.loads(line) for line in out.splitlines()] == [
        json.loads(json.dumps(row.as_json())) for row in rows
    ]
    assert said == "1: FAILED: 2 lost\n"


def test_a_run_that_ended_early(capsys: pytest.CaptureFixture[str]) -> None:
    """
    Its row is shown, too.
    """
    with Shown() as shown:
        shown.begin(RUN)
        shown.row(RunRow(RUN, None, 0, None, "KeyError", ("KeyError",)))

    assert json.loads(capsys.readouterr().out)["happened"] == "KeyError"


PROGRAM = """
from dataclasses import replace
from bench.chaos.display import Shown
from bench.chaos.row import RunRow
from tests.bench.chaos.test_row import FOUND, RUN, WELL, a_row

with Shown() as shown:
    for row in (
        a_row(counts=replace(WELL, tickets=2000)),
        a_row(recovery=None, happened="5 kills again"),
        RunRow(RUN, None, 0, None, "KeyError", ("KeyError",)),
    ):
        shown.begin(RUN)
        shown.progress(1, 2)
        shown.row(row)
"""


def test_at_a_terminal(tmp_path: Path) -> None:
    """
    The names of the columns stand once, above rows that have their numbers below them; of the
    bar nothing is left.
    """
    env = person(tmp_path, COLUMNS="200", NO_COLOR="1", TERM="xterm")
    seen = screen(ESCAPE.sub("", seen_of(sys.executable, "-c", PROGRAM, env=env)))
    lines = [line.rstrip() for line in seen]
    text = "\n".join(lines)

    assert text.count("scenario") == text.count("what happened") == 1
    (first,) = (line for line in lines if line.endswith(FOUND.happened))
    assert first.split()[:3] == ["1", "2,000", "98"]
    assert first.split()[-3:] == ["1.3", "5", "kills"]
    (second,) = (line for line in lines if line.endswith("5 kills again"))
    assert len(second.split()) == len(COLUMNS) - 1 + 3
    assert "1: FAILED: KeyError" in lines
    assert "━" not in text
