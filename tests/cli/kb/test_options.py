"""`ticketstream kb`: what is meant wrongly."""

from __future__ import annotations

import pytest

from tests.support.command_line import Env, call


@pytest.mark.parametrize("query", ["", " \t\u00a0"])
def test_search_for_nothing(nowhere: Env, query: str) -> None:
    """
    An empty question is a mistake, and no search: exit code 2.
    """
    done = call("kb", "search", query, env=nowhere)

    assert (done.returncode, done.stdout) == (2, "")
    assert "QUERY is empty" in done.stderr
