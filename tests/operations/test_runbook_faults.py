"""Runbooks whose steps depend on the fault: what is printed, and what becomes of the tickets."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from streams.settings import Settings
from tests.support.command_line import SAMPLE, run_block
from tests.support.documents import ROOT, commands_by_heading
from tests.support.kafka import RealKafka
from tests.support.kafka_tools import put_tools
from tests.support.machine import needs_real_servers
from tests.support.process import environment, ticketstream

BOOKS = commands_by_heading("docs/run/runbooks.md")
(RESET,) = BOOKS["An offset reset"]
STATE = BOOKS["TicketstreamStageMissing"][0].splitlines()[0]
(RESULTS,) = BOOKS["Write all results to a file"]
TICKETS = 3

Run = Callable[[str], subprocess.CompletedProcess[str]]


@pytest.fixture
def settings() -> Settings:
    """Return settings without an address, whose workers end soon."""
    return Settings(log_level="error", grace_seconds=3)


def runner(settings: Settings, folder: Path) -> Run:
    """Return what runs a block of the runbooks in *folder*, with Kafka's tools on the path."""
    (tools := folder / "bin").mkdir()
    put_tools(tools)
    ours = environment(
        settings, TICKETSTREAM_WORKER_HTTP_PORT="0", TICKETSTREAM_SIDECAR_HTTP_PORT="0"
    )
    ours["PATH"] = f"{tools}:{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"

    def run(block: str) -> subprocess.CompletedProcess[str]:
        block = block.replace("localhost:9092", settings.kafka_brokers)
        return run_block(block, ours, folder, seconds=180)

    return run


@pytest.mark.real
@pytest.mark.timeout(600)  # it waits for some twenty processes
def test_offsets_are_reset(settings: Settings, tmp_path: Path) -> None:
    """
    Kafka refuses while a worker runs. Workers skip what has a result, unless no stage remembers.
    """
    needs_real_servers()
    lines = (SAMPLE / "tickets.jsonl").read_text().splitlines(keepends=True)[:TICKETS]
    (tmp_path / "tickets.jsonl").write_text("".join(lines))
    with RealKafka() as kafka:
        given = settings.model_copy(update={"kafka_brokers": kafka.brokers})
        run = runner(given, tmp_path)
        assert run("ticketstream topics").returncode == 0
        assert "not found" in run(STATE).stdout
        assert run("ticketstream publish tickets.jsonl").returncode == 0
        with ticketstream("worker", settings=given):
            wait_for_results(run, TICKETS)
            assert "is inactive, but the current state is Stable" in run(RESET).stdout
        assert "Empty" in run(STATE).stdout

        assert "Error" not in run(RESET).stdout
        with ticketstream("worker", settings=given):
            wait_for_triage(run)
            assert run(RESULTS).returncode == 0
        found = (tmp_path / "results.jsonl").read_text().splitlines()
        assert sorted(ticket_ids(found)) == sorted(ticket_ids(lines))

        assert "Error" not in run(RESET).stdout
        with ticketstream("worker", settings=given.model_copy(update={"remembered": 0})):
            wait_for_results(run, 2 * TICKETS)


def wait_for_results(run: Run, count: int) -> None:
    """Return when so many results have come out."""
    done = run(f"ticketstream tail --from-beginning --count {count}")
    assert done.returncode == 0, done.stderr


def wait_for_triage(run: Run) -> None:
    """Return when a worker has taken all that lies on incoming-tickets."""
    while "triage: 1 at work, 0 behind" not in run("ticketstream check").stdout:
        pass


def ticket_ids(lines: list[str]) -> list[str]:
    """Return the ticket's id of each of *lines*."""
    return [json.loads(line)["ticket_id"] for line in lines]
