"""The program that measures how long the event loop stands still runs."""

from __future__ import annotations

import json

from click.testing import CliRunner

from bench.loop_stalls import main

SMALL = ["--characters", "2000", "--tickets", "1", "--passages", "100", "--rounds", "1"]


def test_it_measures_every_case() -> None:
    """
    Each case has a line with what it took and how long the loop stood still.
    """
    done = CliRunner().invoke(main, SMALL)

    assert done.exit_code == 0, done.output
    rows = [json.loads(line) for line in done.output.splitlines()]
    assert {"start", "article, table", "1 tickets, German"} <= {row["case"] for row in rows}
    assert all(0 <= row["by_work_ms"] <= row["stall_ms"] for row in rows)
