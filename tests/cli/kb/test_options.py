"""`ticketstream kb`: what is meant wrongly."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from streams.cli.kb.options import kb
from tests.support.command_line import Env, call


@pytest.mark.parametrize("query", ["", " \t\u00a0"])
def test_search_for_nothing(nowhere: Env, query: str) -> None:
    """
    An empty question is a mistake, and no search: exit code 2.
    """
    done = call("kb", "search", query, env=nowhere)

    assert (done.returncode, done.stdout) == (2, "")
    assert "QUERY is empty" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["load"], "Missing argument 'PATHS...'"),
        (["load", "--prun", "."], "--prune"),
        (["search"], "Missing argument 'QUERY'"),
        (["search", "x", "--limit", "0"], "not in the range 1<=x<=100"),
        (["search", "x", "--limit", "101"], "not in the range 1<=x<=100"),
        (["search", "x", "--audience", "everybody"], "not one of 'public', 'internal'"),
        (["serch"], "Did you mean search?"),
    ],
)
def test_wrong_use(arguments: list[str], said: str) -> None:
    """
    What is meant wrongly is said before Kafka is asked: exit code 2.
    """
    done = CliRunner().invoke(kb, arguments)

    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr
