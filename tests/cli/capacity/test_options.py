"""`ticketstream capacity`, which asks nothing of Kafka."""

from __future__ import annotations

from math import isfinite

import pytest
from click.testing import CliRunner

from streams.cli.capacity.options import capacity
from tests.support.command_line import Env, call, rows


def needed(env: Env, *options: str) -> dict[str, float]:
    """Return what the command says, by what it is."""
    done = call("capacity", *options, env=env)
    assert done.returncode == 0, done.stderr
    return {row["what"]: row["needed"] for row in rows(done.stdout)}


def test_the_settings_count(nowhere: Env) -> None:
    """
    More slots mean fewer workers, and fewer replicas less disk.
    """
    before = needed(nowhere, "--tickets", "100", "--model-seconds", "4")
    more = {**nowhere, "TICKETSTREAM_CONCURRENCY": "128", "TICKETSTREAM_REPLICATION": "1"}
    after = needed(more, "--tickets", "100", "--model-seconds", "4")

    assert after["drafting workers"] < before["drafting workers"]
    assert after["broker disk, GB"] < before["broker disk, GB"]
    assert before["model calls/s"] == 200


def test_without_a_model(nowhere: Env) -> None:
    """
    Then nothing is said of calls, and CPU alone limits a worker.
    """
    found = needed(nowhere, "--tickets", "10", "--model-seconds", "0", "--passages", "1000")

    assert "model calls/s" not in found
    assert found["drafting workers"] == 1
    assert found["Weaviate memory, GB"] > 0


@pytest.mark.parametrize(
    ("option", "given"),
    [
        *(("--tickets", n) for n in ("0", "-1", "many", "nan", "inf", "-inf", "1e308", "1000001")),
        *(("--model-seconds", n) for n in ("-1", "nan", "inf", "1e308", "86401")),
        *(("--ticket-bytes", n) for n in ("99", "nan", "1000001", "9" * 400)),
        *(("--passages", n) for n in ("-1", "nan", "1000000001", "9" * 400)),
    ],
)
def test_no_load(option: str, given: str) -> None:
    """
    A number that no load has is a wrong argument, by the option's name: exit code 2.
    """
    arguments = [*([] if option == "--tickets" else ["--tickets", "1"]), option, given]
    done = CliRunner().invoke(capacity, arguments)

    assert done.exit_code == 2
    assert f"Invalid value for '{option}'" in done.output


@pytest.mark.parametrize(
    "options",
    [
        ("--tickets", "1000000", "--model-seconds", "86400", "--ticket-bytes", "1000000"),
        ("--tickets", "5e-324", "--model-seconds", "5e-324", "--passages", "1000000000"),
    ],
)
def test_the_ends_of_the_ranges(nowhere: Env, options: tuple[str, ...]) -> None:
    """
    Every load that is taken has an answer, in numbers that JSON has.
    """
    found = needed(nowhere, *options)

    assert all(isfinite(number) and number >= 0 for number in found.values())
    assert found["workers with all stages"] >= 1
