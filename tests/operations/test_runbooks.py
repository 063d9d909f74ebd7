"""Every command of the runbooks is run, as it stands there, on a worker and a sidecar at work."""

from __future__ import annotations

import asyncio
import re
import shutil
from pathlib import Path

import pytest

from tests.support.command_line import walked
from tests.support.documents import ROOT, commands_by_heading
from tests.support.kafka_tools import put_tools
from tests.support.machine import needs_real_servers
from tests.support.under_load import UnderLoad, under_load

BOOKS = commands_by_heading("docs/run/runbooks.md")
WITHOUT_WORKERS = "An offset reset"


@pytest.mark.real
@pytest.mark.timeout(400)  # some sixty commands, each a process
async def test_runbooks_are_walked_through(tmp_path: Path) -> None:
    """
    Each step does what it should: it succeeds, and says something.
    """
    needs_real_servers()
    (tools := tmp_path / "bin").mkdir()
    put_tools(tools)
    (tmp_path / "deploy").mkdir()
    shutil.copytree(ROOT / "deploy" / "sample", tmp_path / "deploy" / "sample")
    faults: list[str] = []
    async with under_load(drafts="written") as running:  # its model's prose cites one article
        await running.calls(8, each=0.2)
        await running.spoil()
        for heading, blocks in BOOKS.items():
            for block in blocks if heading != WITHOUT_WORKERS else ():
                faults += await asyncio.to_thread(faults_of, block, running, tools, tmp_path)
        running.stop_worker()
        for block in BOOKS[WITHOUT_WORKERS]:
            faults += await asyncio.to_thread(faults_of, block, running, tools, tmp_path)

    assert faults == []


def test_each_emergency_has_a_runbook() -> None:
    """
    Also those that no alert tells of.
    """
    others = {
        "A stuck partition",
        "An offset reset",
        "Roll back a prompt",
        "A bill that explodes",
        "A leaked article",
        "Wrong drafts were sent",
        "Personal data was sent to a model",
    }

    assert others <= BOOKS.keys()
    assert {h for h, blocks in BOOKS.items() if not blocks} == {"TicketstreamSpending"}


def test_each_class_of_dead_letter_has_its_step() -> None:
    """
    Only a class that the page on dead letters does not name is called a bug.
    """
    named = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "dead-letters.md").read_text(), re.M)
    runbook = (ROOT / "docs" / "run" / "runbooks.md").read_text()
    steps = runbook.partition("## TicketstreamDeadLetters\n")[2].partition("\n## ")[0]

    assert {"MailLoop", "Outgrown", "expired"} <= set(named)
    assert set(re.findall(r"^\d\. \*\*`(\w+)`\*\*:", steps, re.M)) == set(named)


def faults_of(block: str, running: UnderLoad, tools: Path, folder: Path) -> list[str]:
    """Return what is wrong with *block*: a command fails or says so, or nothing is said."""
    for port, at in (("localhost:8081", running.worker), ("localhost:8080", running.sidecar)):
        block = block.replace(port, at)
    prices = {"TICKETSTREAM_OPENAI_PRICES": '{"gpt-4o-mini": [0.15, 0.6]}'}
    try:
        done = walked(block, running.settings, folder, tools=tools, seconds=180, **prices)
    except AssertionError as failed:
        return [str(failed)]
    if done.stdout and "Error: " not in done.stdout:  # of Kafka's tools, which then end with 0
        return []
    return [f"{block}\n{done.stdout}\n{done.stderr}"]
