"""`ticketstream kb search`: what a person and a program read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command_line import ESCAPE, Env, call, found, on_terminal, rows, screen


def test_search_says_why(env: Env, articles: Path) -> None:
    """
    A program reads of each passage whether it is evidence, its words, and what its score is.
    """
    call("kb", "load", str(articles), env=env)
    search = call("kb", "search", "duplicate charge at the bakery", "--limit", "1", env=env)
    (row,) = rows(search.stdout)

    assert row["evidence"] is (row["score"] >= row["why"]["floor"])
    assert row["why"]["matched"].keys() == {"duplicate", "charge"}
    assert row["why"]["missing"].keys() == {"bakery"}
    assert row["why"]["points"].keys() == {"bias", *row["why"]["signs"]}
    assert row["why"]["places"]["words"] == 1


def test_search_without_evidence(env: Env, articles: Path) -> None:
    """
    Where nothing reaches the floor, the search says what that would mean for a draft.
    """
    call("kb", "load", str(articles), env=env)
    search = call("kb", "search", "wind turbines in Norway", env=env)

    assert search.returncode == 0
    assert not any(row["evidence"] for row in rows(search.stdout))
    assert "no evidence" in search.stderr
    assert "escalated" in search.stderr


@pytest.mark.parametrize("columns", [60, 120])
def test_search_on_a_terminal(env: Env, articles: Path, columns: int) -> None:
    """
    A person reads the passages beside their scores, the words of the question marked in colour.
    """
    call("kb", "load", str(articles), env=env)
    arguments = ("kb", "search", "duplicate charges", "--limit", "2")
    sized = {**env, "COLUMNS": str(columns), "TERM": "xterm-256color"}
    plain = on_terminal(*arguments, env={**sized, "NO_COLOR": "1"})
    dumb = on_terminal(*arguments, env={**sized, "TERM": "dumb"})
    colour = on_terminal(*arguments, env=sized)

    assert max(len(ESCAPE.sub("", line)) for line in screen(plain)) <= columns
    assert "has duplicate, charges" in " ".join(dumb.split())
    assert "\x1b" not in dumb
    assert "33mcharge\x1b" in colour
    assert "33m" not in plain


def test_internal_articles_are_shown_to_those_who_ask(env: Env, articles: Path) -> None:
    """
    What is internal is found with `--audience internal` only.
    """
    file = articles / "KB-2.md"
    file.write_text(file.read_text().replace("---\n#", "audience: internal\n---\n#"))
    call("kb", "load", str(articles), env=env)

    assert found(env) == {"KB-1"}
    assert found(env, "--audience", "internal") == {"KB-1", "KB-2"}


def test_search_in_an_empty_knowledge_base(env: Env) -> None:
    """
    Where no article is, the search says what loads some.
    """
    search = call("kb", "search", "duplicate charge", env=env)

    assert (search.returncode, search.stdout) == (0, "")
    assert "ticketstream kb load" in search.stderr


def test_search_in_another_tenant(env: Env, articles: Path) -> None:
    """
    A search finds nothing of another tenant's.
    """
    call("kb", "load", str(articles), env=env)
    search = call("kb", "search", "duplicate charge", "--tenant", "other", env=env)

    assert (search.returncode, search.stdout) == (0, "")
