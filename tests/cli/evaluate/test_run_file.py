"""Kept runs, and what changed since."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from streams.cli.evaluate.run_file import KeptRun, changes, kept, load_run, not_in_both, save
from streams.cli.evaluate.ticket_figures import figures_of_tickets
from streams.cli.evaluate.ticket_outcome import TicketOutcome
from streams.errors import ConfigurationError
from tests.support.evaluations import an_outcome


def a_run(*outcomes: TicketOutcome) -> KeptRun:
    """Return the run of *outcomes*."""
    return kept(outcomes, figures_of_tickets(outcomes), datetime(2026, 11, 30, tzinfo=UTC))


def test_a_kept_run_is_read_as_it_was(tmp_path: Path) -> None:
    """
    What is saved comes back, and has no text of customer or draft.
    """
    file, run = tmp_path / "run.json", a_run(an_outcome(answered_by=["KB-1001"]))
    save(run, file)

    assert load_run(file) == run
    assert "duplicate" not in file.read_text()


def test_what_changed() -> None:
    """
    A ticket is listed if its verdict, its articles or its lines are others.
    """
    before = a_run(an_outcome())
    other_verdict, other_article = (
        a_run(an_outcome(verdict="failed")),
        a_run(an_outcome("See [KB-2].")),
    )
    (ticket,) = before.tickets
    lines = [["KB-1001", 3]]
    other_line = before.model_copy(update={"tickets": [ticket.model_copy(update={"lines": lines})]})

    assert list(changes(before, a_run(an_outcome()))) == []
    assert [c["verdict_was"] + c["verdict"] for c in changes(before, other_verdict)] == [
        "passedfailed"
    ]
    assert [c["cited"] for c in changes(before, other_article)] == [["KB-2"]]
    assert [c["lines_new"] for c in changes(before, other_line)] == [lines]
    assert [c["lines_gone"] for c in changes(other_line, before)] == [lines]


def test_tickets_of_one_run_only() -> None:
    """
    They are counted, and are no change.
    """
    empty = a_run()

    assert not_in_both(empty, a_run(an_outcome())) == 1
    assert list(changes(empty, a_run(an_outcome()))) == []


def test_what_is_no_run(tmp_path: Path) -> None:
    """
    Another file, one that is not there, and a place that cannot be written are told.
    """
    file = tmp_path / "run.json"
    file.write_text("{}")

    with pytest.raises(ConfigurationError, match="no run that --save wrote"):
        load_run(file)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_run(tmp_path / "none.json")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        save(a_run(), tmp_path / "none" / "run.json")
