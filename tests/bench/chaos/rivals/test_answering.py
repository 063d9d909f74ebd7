"""What both rivals do with a ticket."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from typing import Any

import pytest

from bench.chaos import llm as models

TICKET = {"ticket_id": "T-1", "message_id": "m-1", "revision": 2, "raw_message": "Where is it?"}
PROGRAM = """
import asyncio, json, sys
from bench.chaos.rivals.answering import answered
print(json.dumps(asyncio.run(answered(json.loads(sys.argv[1])))))
"""


async def answered(url: str, tries: int = 6) -> subprocess.CompletedProcess[str]:
    """Return what a rival's process makes of TICKET with the model at *url*."""
    env = {**os.environ, "CHAOS_LLM": url, "CHAOS_TRIES": str(tries), "CHAOS_WORKER": "worker-3"}
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", PROGRAM, json.dumps(TICKET)],
        env=env,
        capture_output=True,
        text=True,
    )


async def test_a_result() -> None:
    """
    It has what names the message, and what the model said.
    """
    async with models.running_llm() as llm:
        made: dict[str, Any] = json.loads((await answered(llm.url)).stdout)

    assert made.pop("answer")
    assert made == {"ticket_id": "T-1", "message_id": "m-1", "revision": 2}


@pytest.mark.parametrize("tries", [1, 2])
async def test_a_call_that_fails(tries: int) -> None:
    """
    It is tried as often as the rival may, and then it is an error of the ticket's.
    """
    async with models.running_llm() as llm:
        await llm.fail(1.0)
        done = await answered(llm.url, tries)
        tally = await llm.tally()

    assert done.returncode == 1
    assert "ClientResponseError" in done.stderr
    assert tally["failed"] == tries
