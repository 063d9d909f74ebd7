"""Arguments that are misspelt, or in another encoding."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import TICKET, Env, call, person, rows


@pytest.mark.parametrize(
    ("command", "meant"),
    [
        (("wroker",), "Did you mean worker?"),
        (("serch", "x"), "Did you mean kb search?"),
        (("kb", "laod", "x"), "Did you mean load?"),
        (("kb", "load", "x", "--prun"), "--prune"),
        (("worker", "--stage", "traige"), "Did you mean triage?"),
        (("worker", "--stage", "nope"), "choose among triage, retrieval, drafting, policy."),
        (("dead-letters", "list", "--stage", "polic"), "Did you mean policy?"),
        (("dead-letters", "replay", "--stage", "polic"), "Did you mean policy?"),
    ],
)
def test_a_slip_of_the_hand(command: tuple[str, ...], meant: str, tmp_path: Path) -> None:
    """
    Who misspells a command, an option or a stage is told the nearest: exit code 2.
    """
    done = call(*command, env=person(tmp_path))

    assert done.returncode == 2
    assert meant in done.stderr


@pytest.mark.parametrize(
    ("command", "argument"),
    [
        (("publish", "-", "--header", "x=\udcff"), "'--header'"),
        (("publish", "-", "--header", "\udcff"), "'--header'"),
        (("kb", "search", "\udcff"), "'QUERY'"),
        (("kb", "search", "charged twice", "--tenant", "a\udcff"), "'--tenant'"),
        (("worker", "--stage", "\udcff"), "'--stage'"),
    ],
)
def test_arguments_in_another_encoding(
    command: tuple[str, ...], argument: str, nowhere: Env
) -> None:
    """
    An argument that is not UTF-8 is named, before anything is done: exit code 2.
    """
    done = call(*command, env=nowhere)

    assert (done.returncode, done.stdout) == (2, "")
    assert f"Invalid value for {argument}: it is not UTF-8" in done.stderr


def test_file_names_in_another_encoding(env: Env, articles: Path, tmp_path: Path) -> None:
    """
    Files may be named in any encoding: those that are there are read, the others are named.
    """
    odd = tmp_path / "odd-\udcff"
    odd.mkdir()
    for file in articles.iterdir():
        file.rename(odd / f"\udcff-{file.name}")
    tickets = tmp_path / "tickets-\udcff"
    tickets.write_text(json.dumps(TICKET))

    load = call("kb", "load", str(odd), env=env)
    assert rows(load.stdout) == [counts(loaded=2, broken=1)]
    assert "-broken.md" in load.stderr
    assert call("publish", str(tickets), env=env).returncode == 0
    for command in (("publish",), ("kb", "load")):
        done = call(*command, str(tmp_path / "no-\udcff"), env=env)
        assert done.returncode == 2
        assert "no-" in done.stderr
        assert "a bug" not in done.stderr


def test_a_setting_in_another_encoding(nowhere: Env) -> None:
    """
    `check` and others name a setting that is not UTF-8, in its name or its value: exit code 2.
    """
    for name in ("ENVIRONMENT", "KAFKA_BROKERS", "TAXONOMY_FILE", "NO_SUCH_\udcff"):
        for command in ("check", "topics"):
            done = call(command, env={**nowhere, f"TICKETSTREAM_{name}": "\udcff"})
            assert done.returncode in (2, 3)
            assert "a bug" not in done.stderr


def counts(loaded: int = 0, unchanged: int = 0, deleted: int = 0, broken: int = 0) -> Any:
    """Return what `kb load` says that it has done."""
    return {"loaded": loaded, "unchanged": unchanged, "deleted": deleted, "broken": broken}
