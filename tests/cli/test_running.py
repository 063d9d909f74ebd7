"""How a command runs: its settings, its logs, its end. Each in a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from streams.cli.exit_codes import INTERRUPTED
from tests.support.command_line import person


def started(program: str, home: Path, **more: str) -> subprocess.Popen[str]:
    """Return a process that runs *program* for a person at *home*."""
    return subprocess.Popen(
        [sys.executable, "-c", f"import sys\nfrom streams.cli.running import *\n{program}"],
        env=person(home, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def said(program: str, home: Path, **more: str) -> tuple[int, str, str]:
    """Return exit code, output and standard error of *program*."""
    with started(program, home, **more) as process:
        out, error = process.communicate(timeout=60)
    return process.returncode, out, error


def test_a_command_ends_with_its_code(tmp_path: Path) -> None:
    """
    What a command returns is the exit code.
    """
    program = "async def does(): return 7\nsys.exit(run_to_end(does()))"

    assert said(program, tmp_path) == (7, "", "")


def test_ctrl_c_is_quiet(tmp_path: Path) -> None:
    """
    A command that is interrupted cleans up, shows no traceback, and has the shells' code.
    """
    program = """
import asyncio
async def does():
    try:
        print("ready", flush=True)
        await asyncio.sleep(600)
    finally:
        print("cleaned up", flush=True)
sys.exit(run_to_end(does()))
"""
    with started(program, tmp_path) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=60)

    assert (process.returncode, out, error) == (INTERRUPTED, "cleaned up\n", "")


def test_an_error_is_the_callers(tmp_path: Path) -> None:
    """
    Errors are not swallowed here: whoever runs the command explains them.
    """
    program = """
async def does(): raise KeyError("x")
try:
    run_to_end(does())
except KeyError:
    print("raised")
"""
    assert said(program, tmp_path) == (0, "raised\n", "")


LOGGING = """
import logging, structlog
async def does(settings):
    logging.getLogger("aiokafka").error("of a library")
    structlog.get_logger().warning("of ours")
    print(settings.kafka_brokers)
    return 0
"""


def test_a_command_that_speaks_for_itself(tmp_path: Path) -> None:
    """
    Libraries are silent, and the settings are those of the environment.
    """
    program = f"{LOGGING}sys.exit(run_quietly(does, part='tail'))"
    code, out, error = said(program, tmp_path, TICKETSTREAM_KAFKA_BROKERS="kafka:9092")

    assert (code, out) == (0, "kafka:9092\n")
    assert "of a library" not in error


def test_a_process_that_logs(tmp_path: Path) -> None:
    """
    A process that goes on logs in the form that the settings say, its libraries too.
    """
    program = f"{LOGGING}s = settings_here(); log_as_set(s); sys.exit(run_to_end(does(s)))"
    code, _, error = said(program, tmp_path, TICKETSTREAM_LOG_FORMAT="json")

    assert code == 0
    assert '"event": "of a library"' in error
    assert '"event": "of ours"' in error


def test_help_need_not_load_it(tmp_path: Path) -> None:
    """
    Nothing large is loaded before a command runs.
    """
    heavy = "{'pydantic', 'structlog', 'uvloop', 'streams.settings'}"

    assert said(f"print(sorted({heavy} & sys.modules.keys()))", tmp_path) == (0, "[]\n", "")
