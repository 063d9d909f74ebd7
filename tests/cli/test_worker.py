"""`ticketstream worker`, as it is called."""

from __future__ import annotations

from pathlib import Path

from streams.pipeline import STAGES
from tests.support.command_line import Env, call, person


def test_help_of_worker_names_the_stages(tmp_path: Path) -> None:
    """
    The names of the stages in the help, where they are copied, are those of the pipeline.
    """
    text = " ".join(call("worker", "--help", env=person(tmp_path)).stdout.split())

    assert f"{', '.join(STAGES[:-1])} or {STAGES[-1]}," in text


def test_a_host_that_is_none_here(env: Env) -> None:
    """
    A worker that cannot serve its probes names the setting at fault: exit code 2.
    """
    done = call("worker", env={**env, "TICKETSTREAM_WORKER_HOST": "nix.invalid"})

    assert done.returncode == 2
    assert "set TICKETSTREAM_WORKER_HOST" in done.stderr
    assert "HTTP_PORT" not in done.stderr
