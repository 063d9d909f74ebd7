"""Labelled tickets from files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from streams.cli.evaluate.json_rows import BrokenRow
from streams.cli.evaluate.labelled_ticket import LabelledTicket, TicketLabels
from streams.cli.evaluate.labelled_tickets import labelled_tickets, read_labels
from tests.support.command_line import SAMPLE

LABELS = {("T-1", None): TicketLabels(facts=("all",)), ("T-1", "m-1"): TicketLabels(facts=("one",))}


def lines(tmp_path: Path, *rows: dict[str, Any]) -> Path:
    """Return a file of *rows*."""
    file = tmp_path / "t.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    return file


def test_subject_and_message_are_enough(tmp_path: Path) -> None:
    """
    A row needs no id: without one it is called after its file and line.
    """
    file = lines(tmp_path, {"message": "Charged twice"}, {"id": "7", "subject": "Site down"})

    first, second = labelled_tickets(file, {})

    assert isinstance(first, LabelledTicket)
    assert isinstance(second, LabelledTicket)
    assert (first.ticket.ticket_id, first.ticket.raw_message) == ("t-1", "Charged twice")
    assert (second.ticket.ticket_id, second.labels) == ("7", TicketLabels())


def test_csv_has_the_same_tickets(tmp_path: Path) -> None:
    """
    A ticket and its labels are the same from JSON Lines and from CSV.
    """
    row = {"ticket_id": "T-1", "message": "Hi", "answered_by": ["KB-1"], "priority": "P2"}
    table = tmp_path / "t.csv"
    table.write_text("ticket_id,message,answered_by,priority\nT-1,Hi,KB-1,P2\n")

    assert list(labelled_tickets(table, {})) == list(labelled_tickets(lines(tmp_path, row), {}))


def test_labels_from_another_file(tmp_path: Path) -> None:
    """
    A ticket's own labels count first, then those of its message, then those of its ticket.
    """
    found = labelled_tickets(
        lines(
            tmp_path,
            {"ticket_id": "T-1", "message_id": "m-1", "message": "a"},
            {"ticket_id": "T-1", "message_id": "m-2", "message": "b"},
            {"ticket_id": "T-1", "message_id": "m-3", "message": "c", "facts": ["own"]},
        ),
        LABELS,
    )

    facts = [one.labels.facts for one in found if isinstance(one, LabelledTicket)]
    assert facts == [("one",), ("all",), ("own",)]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"subject": " "}, "give a raw_message or a subject"),
        ({"message": "Hi", "answerd_by": ["KB-1"]}, "did you mean answered_by?"),
        ({"message": "Hi", "answered_by": ["no id"]}, "answered_by.0: "),
        ({"message": "Hi", "priority": "P9"}, "priority: "),
        ({"ticket_id": "t-1", "message": "Again"}, "its ticket_id and message_id are those of"),
    ],
)
def test_a_broken_row_is_named(row: dict[str, Any], said: str, tmp_path: Path) -> None:
    """
    What is wrong is said by file, line and field, and the other rows are read.
    """
    first, broken = labelled_tickets(lines(tmp_path, {"message": "Hi"}, row), {})

    assert isinstance(first, LabelledTicket)
    assert str(broken).startswith(f"{tmp_path / 't.jsonl'}, line 2: ")
    assert said in str(broken)


def test_labels_need_a_ticket(tmp_path: Path) -> None:
    """
    Labels of nobody, and misspelt ones, are told.
    """
    rows = ({"facts": ["x"]}, {"ticket_id": "T-1", "fact": ["x"]}, {"id": "T-1"})

    nobody, misspelt, good = read_labels(lines(tmp_path, *rows))

    assert isinstance(nobody, BrokenRow)
    assert "ticket_id: it is missing" in str(nobody)
    assert "did you mean facts?" in str(misspelt)
    assert good == (("T-1", None), TicketLabels())


def test_the_sample_is_labelled() -> None:
    """
    Each ticket that an article answers has facts to find in its reply; no other has.
    """
    labels = [made for made in read_labels(SAMPLE / "expected.jsonl") if isinstance(made, tuple)]

    assert len(labels) == 48
    assert sum(bool(one.answered_by) for _, one in labels) == 34
    assert all(bool(one.facts) == bool(one.answered_by) for _, one in labels)
