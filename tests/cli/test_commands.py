"""The commands that there are, and their help."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command_line import call, person

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("up",),
    ("worker",),
    ("sidecar",),
    ("api-key",),
    ("topics",),
    ("publish",),
    ("tail",),
    ("kb", "load"),
    ("kb", "dump"),
    ("kb", "search"),
    ("dead-letters", "list"),
    ("dead-letters", "show"),
    ("dead-letters", "replay"),
    ("check",),
    ("included",),
    ("capacity",),
    ("evaluate", "verifier"),
    ("evaluate", "tickets"),
    ("evaluate", "reading"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_has_an_example(command: tuple[str, ...], tmp_path: Path) -> None:
    """
    Each command's help shows how it is called.
    """
    done = call(*command, "--help", env=person(tmp_path))

    assert done.returncode == 0
    assert f"ticketstream {' '.join(command)}" in done.stdout.split("Example:")[1]


def test_help_loads_nothing_large(tmp_path: Path) -> None:
    """
    Help answers at once: what commands work with is loaded when they are called.
    """
    heavy = "{'pydantic', 'aiokafka', 'faust', 'numpy', 'rich', 'structlog', 'uvloop'}"
    code = f"import sys, streams.cli.commands; print(sorted({heavy} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", code], env=person(tmp_path), capture_output=True, text=True
    )

    assert done.stdout.strip() == "[]"


def test_help_of_commands_loads_nothing_large(tmp_path: Path) -> None:
    """
    What a command works with is loaded when it runs, not when its help is asked for.
    """
    heavy = "{'pydantic', 'aiokafka', 'faust', 'numpy', 'rich', 'structlog', 'uvloop'}"
    code = (
        "import sys\nfrom streams.cli.commands import cli\n"
        f"for command in {COMMANDS}:\n"
        "    cli.main([*command, '--help'], standalone_mode=False)\n"
        f"print(sorted({heavy} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=person(tmp_path), capture_output=True, text=True
    )

    assert done.stdout.splitlines()[-1] == "[]"
    assert done.stdout.count("Usage: ") == len(COMMANDS)


def test_version(tmp_path: Path) -> None:
    """
    `--version` says the product's name and version.
    """
    assert call("--version", env=person(tmp_path)).stdout.startswith("ticketstream 0.")


def test_completion(tmp_path: Path) -> None:
    """
    A shell completes commands, as the help says.
    """
    words = {"COMP_WORDS": "ticketstream kb ", "COMP_CWORD": "2"}
    env = {**person(tmp_path), **words, "_TICKETSTREAM_COMPLETE": "bash_complete"}

    assert call(env=env).stdout.split() == [
        "plain,dump",
        "plain,load",
        "plain,prune",
        "plain,search",
    ]
