"""Runs of `evaluate tickets` that are kept, and what changed since one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from streams.cli.evaluate.figures import Figure
from streams.cli.evaluate.ticket_outcome import TicketOutcome
from streams.errors import ConfigurationError, fields_at_fault


class KeptTicket(BaseModel):
    """What a run keeps of a ticket: no text of the customer, and none of the draft."""

    model_config = ConfigDict(frozen=True, extra="allow")

    ticket_id: str
    message_id: str | None = None
    verdict: str
    cited: list[str]
    lines: list[list[Any]] = []


class KeptRun(BaseModel):
    """What a run was made with, and what came out."""

    model_config = ConfigDict(frozen=True, extra="allow")

    version: str
    at: datetime
    backends: dict[str, str]
    figures: list[dict[str, Any]]
    tickets: list[KeptTicket]


def kept(outcomes: Sequence[TicketOutcome], figures: Sequence[Figure], at: datetime) -> KeptRun:
    """Return the run that had *outcomes* and ended *at* this moment."""
    meta = next((one.processed.meta for one in outcomes if one.processed.meta), None)
    return KeptRun(
        version=version("ticketstream"),
        at=at,
        backends={
            stage: " ".join(filter(None, (report.backend, report.model)))
            for stage, report in (meta.stages if meta else {}).items()
        },
        figures=[vars(figure) for figure in figures],
        tickets=[KeptTicket.model_validate(one.row(show=False)) for one in outcomes],
    )


def save(run: KeptRun, file: Path) -> None:
    """
    Write *run* to *file*.

    Raises:
        ConfigurationError: It cannot be written.
    """
    try:
        file.write_text(run.model_dump_json(indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{file}: it cannot be written ({error.strerror})") from None


def load_run(file: Path) -> KeptRun:
    """
    Return the run in *file*.

    Raises:
        ConfigurationError: It cannot be read, or is no run.
    """
    try:
        return KeptRun.model_validate_json(file.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"{file}: it cannot be read ({error.strerror})") from None
    except ValidationError as error:
        raise ConfigurationError(
            f"{file}: it is no run that --save wrote ({fields_at_fault(error)})"
        ) from None


def changes(before: KeptRun, after: KeptRun) -> Iterator[dict[str, Any]]:
    """Yield a row for each ticket of both whose verdict, articles or lines are not the same."""
    then = {(one.ticket_id, one.message_id): one for one in before.tickets}
    for now in after.tickets:
        was = then.get((now.ticket_id, now.message_id))
        if was is None or (was.verdict, was.cited, was.lines) == (
            now.verdict,
            now.cited,
            now.lines,
        ):
            continue
        yield {
            "ticket_id": now.ticket_id,
            "message_id": now.message_id,
            "verdict_was": was.verdict,
            "verdict": now.verdict,
            "cited_was": was.cited,
            "cited": now.cited,
            "lines_gone": [line for line in was.lines if line not in now.lines],
            "lines_new": [line for line in now.lines if line not in was.lines],
        }


def not_in_both(before: KeptRun, after: KeptRun) -> int:
    """Return how many tickets only one of the runs has."""
    then, now = ({(t.ticket_id, t.message_id) for t in run.tickets} for run in (before, after))
    return len(then ^ now)
