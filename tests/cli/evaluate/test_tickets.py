"""`ticketstream evaluate tickets`, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import Env, call, on_terminal, rows

QUESTION = "Within how many days is a duplicate charge refunded?"
ROWS = [
    {"ticket_id": "T-1", "message": QUESTION, "answered_by": ["KB-1"], "facts": ["5 days"]},
    {"ticket_id": "T-2", "message": QUESTION, "answered_by": ["KB-1"], "facts": ["9 days"]},
    {"ticket_id": "T-3", "message": "Do you sell bicycles in Norway?", "answered_by": []},
]


@pytest.fixture
def tickets(tmp_path: Path) -> Path:
    """Return a file with a ticket that is answered, one with a wrong label, and a foreign one."""
    file = tmp_path / "tickets.jsonl"
    file.write_text("\n".join(map(json.dumps, ROWS)))
    return file


@pytest.fixture
def kb(articles: Path) -> Path:
    """Return a folder of articles that are all good."""
    (articles / "broken.md").unlink()
    return articles


def figures(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the value of each figure by its name."""
    return {figure["name"]: figure["value"] for figure in found}


def test_for_a_program(tickets: Path, kb: Path, nowhere: Env) -> None:
    """
    Each ticket is a line of JSON without its text, and the figures are the last one.
    """
    done = call("evaluate", "tickets", str(tickets), "--kb", str(kb), env=nowhere)
    *found, last = rows(done.stdout)

    assert done.returncode == 0, done.stderr
    assert [(one["ticket_id"], one["answered"]) for one in found] == [
        ("T-1", True),
        ("T-2", False),
        ("T-3", None),
    ]
    assert found[1]["missing_facts"] == ["9 days"]
    assert figures(last["figures"])["right_first"] == 1
    assert figures(last["figures"])["answered"] == 0.5
    assert "bicycles" not in done.stdout


def test_csv_and_labels_of_their_own(kb: Path, nowhere: Env, tmp_path: Path) -> None:
    """
    A table of subjects and messages is enough, and labels may stand in another file.
    """
    table, labels = tmp_path / "t.csv", tmp_path / "labels.csv"
    table.write_text(f"ticket_id;message\nT-1;{QUESTION}\n")
    labels.write_text("ticket_id,facts\nT-1,5 days\nT-9,x\n")
    done = call(
        *("evaluate", "tickets", str(table), "--labels", str(labels), "--kb", str(kb)), env=nowhere
    )

    assert rows(done.stdout)[0]["answered"] is True
    assert done.returncode == 0
    assert f"{labels}: 1 labels are of no ticket here, as T-9" in done.stderr


def test_for_a_person(tickets: Path, kb: Path, nowhere: Env) -> None:
    """
    A person sees which tickets are not as labelled and the figures; texts, and what they rest on,
    only if asked for.
    """
    asked = ("evaluate", "tickets", str(tickets), "--kb", str(kb))
    silent = on_terminal(*asked, env=nowhere)
    telling = on_terminal(*asked, "--show", env=nowhere)

    assert "Not as their labels say:" in silent
    assert "T-2" in silent
    assert "T-1" not in silent
    assert "95 % interval" in silent
    assert QUESTION not in silent
    assert "What it rests on:" not in silent
    assert QUESTION in telling
    assert "--- T-1" in telling
    assert "--- T-2" in telling
    assert "KB-1, line 1, word for word" in telling
    assert "a phrase of ours" in telling


def test_a_kept_run(tickets: Path, kb: Path, nowhere: Env, tmp_path: Path) -> None:
    """
    Against a kept run, only what has changed is listed.
    """
    run, asked = str(tmp_path / "run.json"), ("evaluate", "tickets", str(tickets), "--json")
    call(*asked, "--kb", str(kb), "--save", run, env=nowhere)
    (same,) = rows(call(*asked, "--kb", str(kb), "--against", run, env=nowhere).stdout)
    (kb / "KB-1.md").write_text("---\ndoc_id: KB-1\n---\n# Lunch\n\nNoodles are served.\n")
    (other,) = rows(call(*asked, "--kb", str(kb), "--against", run, env=nowhere).stdout)

    assert same["changed"] == []
    assert [one["ticket_id"] for one in other["changed"]] == ["T-1", "T-2"]
    assert other["changed"][0]["cited_was"] == ["KB-1"]


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--min", "right_first=100%"), 0, ""),
        (("--min", "answered=0.9"), 1, "answered is 0.5 ("),
        (("--min", "likeness=0.1"), 1, "likeness cannot be told"),
        (("--max", "wrong_pased=0"), 2, "Did you mean wrong_passed?"),
    ],
)
def test_goals(
    options: tuple[str, ...], code: int, said: str, tickets: Path, kb: Path, nowhere: Env
) -> None:
    """
    The exit code says whether the figures reach what is asked, and why not.
    """
    done = call("evaluate", "tickets", str(tickets), "--kb", str(kb), *options, env=nowhere)

    assert done.returncode == code
    assert said in done.stderr


def test_no_ticket(kb: Path, nowhere: Env, tmp_path: Path) -> None:
    """
    A file without a ticket that can be read is an error; so is Kafka that is away without --kb.
    """
    file = tmp_path / "t.jsonl"
    file.write_text("{}\n")
    none = call("evaluate", "tickets", str(file), "--kb", str(kb), env=nowhere)
    file.write_text('{"message": "Charged twice"}\n')
    away = call("evaluate", "tickets", str(file), env=nowhere)

    assert (none.returncode, away.returncode) == (2, 3)
    assert "no ticket that can be read" in none.stderr
    assert "Kafka" in away.stderr


def test_the_articles_on_kafka(tickets: Path, kb: Path, env: Env) -> None:
    """
    Without --kb, the embedded knowledge base has the articles that workers read from Kafka.
    """
    assert call("kb", "load", str(kb), env=env).returncode == 0
    done = call("evaluate", "tickets", str(tickets), env=env)

    assert done.returncode == 0, done.stderr
    assert rows(done.stdout)[0]["cited"] == ["KB-1"]
