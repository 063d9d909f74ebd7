"""`ticketstream up`, as a newcomer meets it: a process of its own, looked at from outside."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import IO

import aiohttp
import pytest

from schemas import ProcessedTicket

SAMPLE = Path(__file__).parents[3] / "deploy" / "sample" / "tickets.jsonl"
ASKED = {
    "ticket_id": "TKT-1",
    "customer_name": "Ada Byron",
    "customer_email": "ada@example.com",
    "raw_message": "I was charged twice this month. How do I get my money back?",
}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return an environment in which no other `up` runs."""
    return {**os.environ, "XDG_STATE_HOME": str(tmp_path)}


@contextmanager
def up(
    environment: dict[str, str], *options: str, out: int | IO[bytes] = subprocess.PIPE
) -> Iterator[subprocess.Popen[str]]:
    """Run `ticketstream up` until the block ends, its standard output going to *out*."""
    process = subprocess.Popen(
        [sys.executable, "-m", "streams.cli.main", "up", "--port", "0", *options],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_once_sends_the_sample_through_and_ends(environment: dict[str, str]) -> None:
    """
    A program that reads standard output gets one processed ticket a line, and nothing else.
    """
    with up(environment, "--once") as process:
        out, said = process.communicate(timeout=90)

    tickets = [ProcessedTicket.model_validate_json(line) for line in out.splitlines()]
    sent = [json.loads(line)["ticket_id"] for line in SAMPLE.read_text().splitlines()]
    assert process.returncode == 0
    assert sorted(t.ticket_id for t in tickets) == sorted(sent)
    assert "Draft for" in said
    assert "Traceback" not in said


def test_a_reader_that_has_gone_ends_it(environment: dict[str, str]) -> None:
    """
    `ticketstream up --once | head -1` ends by itself, like other tools.
    """
    with up(environment, "--once") as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline()
        process.stdout.close()
        assert process.wait(90) == 141
        assert "Traceback" not in process.stderr.read()
        process.stdout = None


def test_output_that_cannot_be_written_ends_it(environment: dict[str, str]) -> None:
    """
    With a full disk it ends at once and says so: exit code 2.
    """
    with open("/dev/full", "wb") as full, up(environment, "--once", out=full) as process:
        _, said = process.communicate(timeout=90)

    assert process.returncode == 2
    assert "No space left on device" in said
    assert "Traceback" not in said


def test_a_reader_that_does_not_read_does_not_keep_it(environment: dict[str, str]) -> None:
    """
    While nobody reads what came out, one SIGTERM ends it: exit code 130.
    """
    ours, its = os.pipe()
    fcntl.fcntl(its, fcntl.F_SETPIPE_SZ, 4096)  # less than comes out
    try:
        with up(environment, "--once", out=its) as process:
            assert process.stderr
            while "Draft for" not in process.stderr.readline():
                pass
            process.terminate()
            assert process.wait(60) == 130
    finally:
        os.close(ours)
        os.close(its)


def test_a_port_that_is_taken(environment: dict[str, str]) -> None:
    """
    The option that gives the port is named: exit code 2.
    """
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        with up(environment, "--port", port) as process:
            _, said = process.communicate(timeout=90)

    assert process.returncode == 2
    assert f"127.0.0.1:{port}" in said
    assert "set --port" in said


async def test_it_serves_and_others_find_it_until_ctrl_c(environment: dict[str, str]) -> None:
    """
    After the sample it answers HTTP calls, a second terminal finds it, and Ctrl-C ends it well.
    """
    with up(environment) as process:
        assert process.stdout
        for _ in SAMPLE.read_text().splitlines():
            process.stdout.readline()
        state = Path(environment["XDG_STATE_HOME"], "ticketstream", "up.json")
        url = json.loads(state.read_text())[-1]["url"]
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{url}/api/v1/tickets/process", json=ASKED) as answer,
        ):
            body = await answer.json()
        found = subprocess.run(
            [sys.executable, "-m", "streams.cli.main", "kb", "search", "charged twice"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)

    assert answer.status == 200
    assert body["result"]["triage"]["category"] == "Billing"
    assert body["result"]["citations"][0]["doc_id"] == "KB-1001"
    assert json.loads(found.stdout.splitlines()[0])["id"].startswith("KB-1001")
    assert process.returncode == 0
    assert not state.exists()


def test_it_takes_in_only_what_fits(environment: dict[str, str], tmp_path: Path) -> None:
    """
    More tickets than the embedded Kafka keeps at a time come out whole, none forgotten.
    """
    big = tmp_path / "big.jsonl"
    tickets = [
        {"ticket_id": f"T-{n}", "subject": "Hello", "metadata": {"noise": token_hex(25_000)}}
        for n in range(1000)
    ]
    big.write_text("".join(json.dumps(ticket) + "\n" for ticket in tickets))
    with up(environment) as process:
        assert process.stdout
        for _ in SAMPLE.read_text().splitlines():
            process.stdout.readline()
        with subprocess.Popen(
            [sys.executable, "-m", "streams.cli.main", "publish", str(big)],
            env=environment,
            stdout=subprocess.DEVNULL,
        ):
            out = {json.loads(process.stdout.readline())["ticket_id"] for _ in tickets}

    assert out == {ticket["ticket_id"] for ticket in tickets}
