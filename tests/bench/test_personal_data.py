"""The measure of personal data runs, and finds what it has planted."""

from __future__ import annotations

import json

from click.testing import CliRunner

from bench.personal_data import main


def test_all_that_was_planted_is_found() -> None:
    """
    Each line of the text has four pieces of personal data, in every size.
    """
    result = CliRunner().invoke(main, ["--kilobytes", "1", "--kilobytes", "10"])

    rows = [json.loads(line) for line in result.output.splitlines()]
    assert [row["kilobytes"] for row in rows] == [1, 10]
    assert all(row["found"] % 4 == 0 for row in rows)
    assert rows[1]["found"] > 5 * rows[0]["found"] > 0
