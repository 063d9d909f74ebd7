"""`ticketstream publish`: what is meant wrongly."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from streams.cli.publish.options import publish


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Missing argument 'FILE'"),
        (["/no/such/file"], "No such file"),
        (["/"], "Is a directory"),
        (["-", "--header", "name"], "give name=value"),
        (["-", "--header", "=value"], "give name=value"),
        (["-", "another"], "unexpected extra argument"),
    ],
)
def test_wrong_use(arguments: list[str], said: str) -> None:
    """
    What is meant wrongly is said before Kafka is asked: exit code 2.
    """
    done = CliRunner().invoke(publish, arguments)

    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
