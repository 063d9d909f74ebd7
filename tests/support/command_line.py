"""Commands as a person or a script calls them: real processes, and real terminals."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from schemas.topics import INCOMING, PROCESSED
from streams.backends.kafka import clients, names
from streams.settings import Settings
from tests.support.process import environment

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "deploy" / "sample"
TICKET = {"ticket_id": "T-1", "raw_message": "I was charged twice."}
SECRET = "4111 1111 1111 1111"
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
Env = dict[str, str]


def person(home: Path, **more: str) -> Env:
    """Return the environment of a person with this home, no settings but *more*, 120 columns."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return {**kept, "HOME": str(home), "XDG_STATE_HOME": str(home), "COLUMNS": "120", **more}


def call(
    *arguments: str, env: Mapping[str, str], say: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run `ticketstream` with *arguments* to its end; *say* is its standard input."""
    return subprocess.run(
        [sys.executable, "-m", "streams.cli.main", *arguments],
        input=say,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def run_block(
    block: str, env: Mapping[str, str], folder: Path, seconds: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run a *block* of commands as a page has them, in *folder*, up to the first that fails."""
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def walked(
    block: str,
    settings: Settings,
    folder: Path = ROOT,
    *,
    tools: Path | None = None,
    seconds: float = 240,
    **more: str,
) -> subprocess.CompletedProcess[str]:
    """
    Run a *block* of a page in *folder*, and return what it said; each command succeeds.

    It has *settings*, the variables *more*, free ports, our commands, and those in *tools*.
    """
    ports = {f"TICKETSTREAM_{which}_HTTP_PORT": "0" for which in ("WORKER", "SIDECAR")}
    variables = environment(settings, **ports, **more)
    folders = [*([tools] if tools else []), ROOT / ".venv" / "bin", os.environ["PATH"]]
    variables["PATH"] = ":".join(map(str, folders))
    block = block.replace("localhost:9092", settings.kafka_brokers)
    done = run_block(block, variables, folder, seconds)
    assert done.returncode == 0, f"{block}\n{done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def rows(text: str) -> list[dict[str, Any]]:
    """Return the JSON Lines of *text*."""
    return [json.loads(line) for line in text.splitlines()]


async def published(settings: Settings, count: int) -> list[Any]:
    """Return the first *count* messages of incoming-tickets."""
    consumer = await clients.follower(settings, [INCOMING], since="beginning")
    try:
        return [await consumer.getone() for _ in range(count)]
    finally:
        await consumer.stop()


async def process(settings: Settings, *values: bytes) -> None:
    """Publish *values* to ticket-processed."""
    producer = clients.producer(settings)
    await producer.start()
    for value in values:
        await producer.send_and_wait(names.topic(settings, PROCESSED), value, key=b"T")
    await producer.stop()


def processed(ticket_id: str) -> bytes:
    """Return an event as the policy stage writes it, and a field of a newer worker's."""
    (example,) = PROCESSED.carries.model_json_schema()["examples"]
    return json.dumps({**example, "ticket_id": ticket_id, "newer": "ü"}).encode()


def in_shell(command: str, *, env: Env) -> subprocess.CompletedProcess[str]:
    """Run `ticketstream` with what *command* says after it, redirections included, to its end."""
    return subprocess.run(
        ["sh", "-c", f'exec "{sys.executable}" -m streams.cli.main {command}'],
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def on_terminal(*arguments: str, env: Env, say: str = "") -> str:
    """Run a command at a terminal where a person types *say*; return what the person sees."""
    return seen_of(sys.executable, "-m", "streams.cli.main", *arguments, env=env, say=say)


def seen_of(*program: str, env: Env, say: str = "") -> str:
    """Run *program* at a terminal where a person types *say*; return what the person sees."""
    ours, its = pty.openpty()
    with subprocess.Popen(program, env=env, stdin=its, stdout=its, stderr=its):
        os.close(its)
        os.write(ours, say.encode())
        seen = b""
        try:
            while part := os.read(ours, 4096):
                seen += part
        except OSError:  # how Linux says that the other side is closed
            pass
    os.close(ours)
    return seen.decode()


def screen(seen: str) -> list[str]:
    """
    Return the lines that stand on a terminal after it has obeyed *seen*.

    It obeys what a progress bar says, and shows whatever else begins with an escape.
    """
    lines, row, column = [""], 0, 0
    for part in re.findall(r"\x1b\[(?:1A|2K|\?25[lh])|[\r\n]|\x1b|[^\x1b\r\n]+", seen):
        if part == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif part == "\r":
            column = 0
        elif part == "\x1b[1A":
            row -= 1
        elif part == "\x1b[2K":
            lines[row] = ""
        elif part not in ("\x1b[?25l", "\x1b[?25h"):  # the cursor's
            lines[row] = lines[row][:column] + part + lines[row][column + len(part) :]
            column += len(part)
    return [line for line in lines if line]


def parts(text: str) -> set[str]:
    """Return all parts of *text* of up to five characters."""
    return {text[at : at + size] for at in range(len(text)) for size in range(1, 6)}


def found(env: Env, *more: str) -> set[str]:
    """Return the ids of the articles that a search finds."""
    search = call("kb", "search", "duplicate charge, forgotten password", *more, env=env)
    return {row["id"].partition("-c-")[0] for row in rows(search.stdout)}


def started(*arguments: str, env: Env) -> subprocess.Popen[str]:
    """Return a command that runs, and whose standard streams are pipes."""
    return subprocess.Popen(
        [sys.executable, "-m", "streams.cli.main", *arguments],
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
