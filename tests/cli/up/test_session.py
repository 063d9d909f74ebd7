"""`ticketstream up`, as a newcomer meets it: a process of its own, looked at from outside."""

from __future__ import annotations

import fcntl
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex

import aiohttp
import pytest

from schemas import ProcessedTicket
from streams.cli.up.reasons import reasons
from tests.cli.up.conftest import up
from tests.support.command_line import ESCAPE, on_terminal, screen

SAMPLE = Path(__file__).parents[3] / "deploy" / "sample" / "tickets.jsonl"
ASKED = {
    "ticket_id": "TKT-1",
    "customer_name": "Ada Byron",
    "customer_email": "ada@example.com",
    "raw_message": "I was charged twice this month. How do I get my money back?",
}


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
    assert all(reasons(ticket) for ticket in tickets)
    issues = {issue for t in tickets for issue in t.policy_check.issues or ()}
    assert issues.isdisjoint(f"{reason}." for t in tickets for reason in reasons(t))
    assert "Draft for" in said
    assert re.search(r"\d+ of 48 categories and \d+ of 48 priorities are right", said)
    assert "embedded mode" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("columns", [80, 120])
def test_on_a_terminal(environment: dict[str, str], columns: int) -> None:
    """
    A person reads a line a ticket that fits and says why, and a draft under its question.
    """
    sized = {**environment, "COLUMNS": str(columns), "NO_COLOR": "1", "TERM": "xterm"}
    seen = screen(ESCAPE.sub("", on_terminal("up", "--once", "--port", "0", env=sized)))

    rows = [line for line in seen if line.startswith("TKT-")]
    head = next(line for line in seen if line.startswith("ticket "))
    assert len(rows) == len(SAMPLE.read_text().splitlines())
    assert all(len(line) <= columns for line in seen)
    assert all(row[head.index("why") :].strip() for row in rows)
    assert ("cites" in head) is (columns == 120)
    assert any(" asked:" in line for line in seen)


def test_broken_lines_on_a_terminal(environment: dict[str, str], own: Path) -> None:
    """
    They stand above the bar like the rows, wrapped between words, and leave no bar behind.
    """
    sized = {**environment, "COLUMNS": "80", "NO_COLOR": "1", "TERM": "xterm"}
    options = ("--once", "--port", "0", "--tickets", str(own / "tickets.jsonl"))
    seen = screen(ESCAPE.sub("", on_terminal("up", *options, env=sized)))

    assert "tickets.jsonl, line 2: " in "".join(seen)
    assert all(len(line) <= 80 for line in seen)
    assert not any("━" in line for line in seen)


def test_a_working_directory_that_is_gone(environment: dict[str, str], tmp_path: Path) -> None:
    """
    That is said, with the way out: exit code 2.
    """
    program = (
        "import os; from streams.cli.main import main; os.mkdir('gone'); os.chdir('gone');"
        " os.rmdir('../gone'); main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "up", "--once"],
        env={**environment, "PYTHONPATH": os.getcwd()},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 2
    assert "the working directory does not exist any more" in done.stderr


def test_a_ticket_that_comes_again(environment: dict[str, str], own: Path) -> None:
    """
    A line that comes again after its result is out has no second result, and is not waited for.
    """
    line = (own / "tickets.jsonl").read_text().splitlines()[0] + "\n"
    with up(environment, "--once", "--tickets", "-", stdin=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(line)
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["ticket_id"] == "A-1"
        out, _ = process.communicate(line, timeout=90)

    assert (process.returncode, out) == (0, "")


def test_what_is_wrong_is_said_before_anything_runs(environment: dict[str, str], own: Path) -> None:
    """
    Articles alone have no end, an empty folder has no articles: exit code 2.
    """
    (own / "empty").mkdir()
    for options, why in (
        (("--kb", str(own / "kb")), "give --tickets, too"),
        (("--kb", str(own / "none"), "--tickets", "-"), "no such file or folder"),
        (("--kb", str(own / "empty"), "--tickets", "-"), "no article in it"),
        (("--kb", str(own / "kb" / "broken.md"), "--tickets", "-"), "mend what is named above"),
        (("--tickets", str(own / "none")), "No such file"),
    ):
        with up(environment, "--once", *options) as process:
            out, said = process.communicate(timeout=90)
        assert (process.returncode, out) == (2, "")
        assert why in said
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
    While nobody reads what came out, one SIGTERM ends it: exit code 143.
    """
    ours, its = os.pipe()
    fcntl.fcntl(its, fcntl.F_SETPIPE_SZ, 4096)  # less than comes out
    try:
        with up(environment, "--once", out=its) as process:
            assert process.stderr
            while "Draft for" not in process.stderr.readline():
                pass
            process.terminate()
            assert process.wait(60) == 143
    finally:
        os.close(ours)
        os.close(its)


def handles_signals(process: subprocess.Popen[str]) -> bool:
    """Return whether `up` has begun to look after signals."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    (caught,) = re.findall(r"^SigCgt:\s*(\w+)", status, re.MULTILINE)
    return bool(int(caught, 16) >> signal.SIGTERM - 1 & 1)


def begun(workers: int) -> Callable[[subprocess.Popen[str]], bool]:
    """Return what says whether as many worker processes are there."""

    def are_there(process: subprocess.Popen[str]) -> bool:
        path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        commands = [Path(f"/proc/{pid}/cmdline").read_text() for pid in path.read_text().split()]
        return sum("spawn_main" in command for command in commands) >= workers

    return are_there


@pytest.mark.parametrize(
    "moment",
    [handles_signals, begun(1), begun(2)],
    ids=["as it loads", "a worker loads", "both workers load"],
)
@pytest.mark.parametrize("later", [0, 0.15])
def test_ctrl_c_at_the_beginning(
    environment: dict[str, str], moment: Callable[[subprocess.Popen[str]], bool], later: float
) -> None:
    """
    A terminal sends Ctrl-C to every process of it: all end quietly, with exit code 130.
    """
    with up(environment) as process:
        while not moment(process):
            assert process.poll() is None
        time.sleep(later)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "Traceback" not in said
    assert "worker" not in said


def test_sigterm_at_the_beginning(environment: dict[str, str]) -> None:
    """
    SIGTERM before the tickets are out ends it with a code of its own, 143.
    """
    with up(environment) as process:
        while not begun(2)(process):
            assert process.poll() is None
        process.terminate()
        _, said = process.communicate(timeout=60)

    assert process.returncode == 143
    assert "Traceback" not in said


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
    assert f"started in {os.getcwd()} as process {process.pid}" in found.stderr
    assert process.returncode == 0
    assert not state.exists()


def test_it_takes_in_only_what_fits(environment: dict[str, str], tmp_path: Path) -> None:
    """
    More tickets than the embedded Kafka keeps at a time come out whole, none forgotten: those
    of --tickets, and those of another command at the same time.
    """
    files = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    sent: set[str] = set()
    for file in files:
        tickets = [
            {
                "ticket_id": f"{file.stem}-{n}",
                "subject": "Hello",
                "metadata": {"x": token_hex(25_000)},
            }
            for n in range(600)
        ]
        sent |= {str(ticket["ticket_id"]) for ticket in tickets}
        file.write_text("".join(json.dumps(ticket) + "\n" for ticket in tickets))
    with up(environment, "--tickets", str(files[0])) as process:
        assert process.stdout
        out = {json.loads(process.stdout.readline())["ticket_id"]}
        with subprocess.Popen(
            [sys.executable, "-m", "streams.cli.main", "publish", str(files[1])],
            env=environment,
            stdout=subprocess.DEVNULL,
        ):
            while out != sent:
                out.add(json.loads(process.stdout.readline())["ticket_id"])

    assert out == sent


def big() -> dict[str, str]:
    """Return what no compression makes smaller."""
    return {"noise": token_hex(25_000)}
