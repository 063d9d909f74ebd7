"""`ticketstream tail`: what is meant wrongly."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from streams.cli.tail.options import tail


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--count", "0"], "not in the range x>=1"),
        (["--count", "many"], "not a valid integer range"),
        (["--from-begining"], "Did you mean --from-beginning?"),
        (["T-1"], "unexpected extra argument"),
    ],
)
def test_wrong_use(arguments: list[str], said: str) -> None:
    """
    What is meant wrongly is said before Kafka is asked: exit code 2.
    """
    done = CliRunner().invoke(tail, arguments)

    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
