"""The commands of docs/run/evaluate.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import pytest

from streams.cli.evaluate.labelled_ticket import ALIASES, LABELS
from streams.cli.evaluate.reading_case import CITATIONS, OUTCOME, PARTS, Op
from tests.support.command_line import Env, person, rows, run_block
from tests.support.documents import ROOT, commands

PAGE = "docs/run/evaluate.md"
WRITE_DOWN, COMPARE, IN_CI, VERIFIER, READING = commands(PAGE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that has the sample where the page has it."""
    (tmp_path / "deploy").symlink_to(ROOT / "deploy")
    return tmp_path


@pytest.fixture
def home(tmp_path: Path) -> Env:
    """Return the environment of somebody with our commands, and without Kafka."""
    env = person(tmp_path, TICKETSTREAM_KAFKA_BROKERS="127.0.0.1:1")
    return {**env, "PATH": f"{ROOT / '.venv' / 'bin'}:{env['PATH']}"}


def test_own_tickets_and_what_changed(folder: Path, home: Env) -> None:
    """
    The right articles are found for the tickets that the page writes, and a second run is compared.
    """
    first = run_block(WRITE_DOWN, home, folder)
    *found, last = rows(first.stdout)
    second = run_block(COMPARE, home, folder)

    assert first.returncode == 0, first.stderr
    assert "KB-1001" in found[0]["found"]
    assert "KB-1208" in found[1]["found"]
    assert (found[2]["answerable"], found[2]["holding"]) == (False, True)
    figures = {figure["name"]: figure["value"] for figure in last["figures"]}
    assert figures["right_found"] == 1
    assert second.returncode == 0, second.stderr
    kept = json.loads((folder / "before.json").read_text())
    assert [ticket["ticket_id"] for ticket in kept["tickets"]] == ["T-1", "T-2", "T-3"]


def test_goals(folder: Path, home: Env) -> None:
    """
    The sample reaches what the page asks of it.
    """
    done = run_block(IN_CI, home, folder)

    assert done.returncode == 0, done.stderr


def test_the_verifier(folder: Path, home: Env) -> None:
    """
    The draft that the page writes down does not pass.
    """
    done = run_block(VERIFIER, home, folder)

    assert done.returncode == 0, done.stderr
    assert rows(done.stdout)[0]["verdict"] != "passed"


def test_reading(folder: Path, home: Env) -> None:
    """
    The message that the page writes down is read rightly.
    """
    done = run_block(READING, home, folder)

    assert done.returncode == 0, done.stderr
    assert rows(done.stdout)[0]["right"] is True


def test_all_paths_and_ops_are_told() -> None:
    """
    The page has each part of a result and each op that a check may name.
    """
    page = (ROOT / PAGE).read_text().partition("## Messages whose right reading you know")[2]
    paths = (*(f"{part}.FIELD" for part in PARTS), CITATIONS, OUTCOME)

    assert [name for name in (*paths, *get_args(Op)) if f"`{name}`" not in page] == []


def test_all_columns_are_told() -> None:
    """
    The page has a row for each label.
    """
    page = (ROOT / PAGE).read_text().partition("## The file of tickets")[2]

    assert [name for name in (*ALIASES, *LABELS) if f"`{name}`" not in page] == []
