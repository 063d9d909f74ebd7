"""`ticketstream up`: what is meant wrongly, and what it logs."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from streams.cli.up.options import up


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--once", "--kb", "."], "--once ends when the tickets are through: give --tickets, too."),
        (["--tickets", "/no/such/file"], "No such file"),
        (["--tickets", "/"], "Is a directory"),
        (["--port", "65536"], "not in the range 0<=x<=65535"),
        (["--port", "-1"], "not in the range 0<=x<=65535"),
        (["--ticket", "x"], "Did you mean --tickets?"),
    ],
)
def test_wrong_use(arguments: list[str], said: str) -> None:
    """
    What is meant wrongly is said before anything is started: exit code 2.
    """
    done = CliRunner().invoke(up, arguments)

    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
