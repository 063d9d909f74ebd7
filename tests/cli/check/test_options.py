"""`ticketstream check`, as a person or a script calls it."""

from __future__ import annotations

import json
import socket
import subprocess
from pathlib import Path

import pytest

from streams.settings import Settings
from tests.support.command_line import SECRET, Env, call, on_terminal, rows

CHECKS = (
    "kafka",
    "topics",
    "rights",
    "groups",
    "taxonomy",
    "policy",
    "voice",
    "prompts",
    "llm",
    "budget",
    "knowledge",
    "worker",
    "sidecar",
)


ANY_PORT = {"TICKETSTREAM_WORKER_HTTP_PORT": "0", "TICKETSTREAM_SIDECAR_HTTP_PORT": "0"}


def checked(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, str]]:
    """Return the worst finding of each check."""
    found = [row for row in rows(done.stdout) if "check" in row]
    order = ("ok", "skipped", "warning", "away", "wrong")
    found.sort(key=lambda row: order.index(row["status"]))
    return {row["check"]: row for row in found}


def tried(done: subprocess.CompletedProcess[str]) -> None:
    """Assert that everything was tried, and that nothing but what a test's Kafka lacks is said."""
    found = checked(done)
    assert found.keys() - {"settings"} == set(CHECKS)
    worst = {name for name, row in found.items() if row["status"] != "ok"}
    assert worst <= {"settings", "kafka", "groups"}  # one broker, and no worker
    assert all(row["mend"] for row in found.values() if row["status"] == "warning")


def test_check(env: Env) -> None:
    """
    With everything in place `check` shows all settings, no secret, and ends with 0.
    """
    done = call("check", env={**env, **ANY_PORT, "TICKETSTREAM_KAFKA_PASSWORD": SECRET})
    found = rows(done.stdout)

    assert done.returncode == 0, done.stdout
    shown = {row["setting"]: row for row in found if "setting" in row}
    assert {f"TICKETSTREAM_{name.upper()}" for name in Settings.model_fields} == shown.keys()
    assert shown["TICKETSTREAM_KAFKA_BROKERS"]["from"] == "environment"
    assert SECRET not in done.stdout
    tried(done)


def test_check_shows_no_secret(nowhere: Env) -> None:
    """
    Neither in an address nor in the parameters of a model is a secret shown.
    """
    done = call(
        "check",
        env={
            **nowhere,
            "TICKETSTREAM_LLM": "openai",
            "TICKETSTREAM_OPENAI_MODEL": "m",
            "TICKETSTREAM_OPENAI_BASE_URL": "http://me:hunter2@127.0.0.1:1/v1",
            "TICKETSTREAM_OPENAI_PARAMETERS": '{"extra": {"api_key": "hunter2"}, "top_p": 1}',
        },
    )
    shown = {row["setting"]: row["value"] for row in rows(done.stdout) if "setting" in row}

    assert "hunter2" not in done.stdout + done.stderr
    assert json.loads(shown["TICKETSTREAM_OPENAI_PARAMETERS"])["top_p"] == 1
    assert "127.0.0.1:1" in shown["TICKETSTREAM_OPENAI_BASE_URL"]


def test_check_says_all_that_is_wrong(nowhere: Env, tmp_path: Path) -> None:
    """
    One wrong thing does not hide another: a bad file, and Kafka away.
    """
    bad = tmp_path / "taxonomy.yaml"
    bad.write_text("version: [")
    done = call("check", env={**nowhere, "TICKETSTREAM_TAXONOMY_FILE": str(bad)})
    checks = checked(done)

    assert done.returncode == 2
    assert (checks["taxonomy"]["status"], checks["kafka"]["status"]) == ("wrong", "away")
    assert f"{bad}, line 1" in checks["taxonomy"]["detail"]
    assert "TICKETSTREAM_TAXONOMY_FILE" in checks["taxonomy"]["mend"]
    assert {checks[name]["status"] for name in ("topics", "rights", "groups")} == {"skipped"}


def test_check_compares_policy_and_taxonomy(nowhere: Env, tmp_path: Path) -> None:
    """
    A category that is to be escalated, and that the taxonomy does not have, is named.
    """
    policy = tmp_path / "policy.yaml"
    policy.write_text("version: a\nescalate: {categories: [Biling]}\n")
    found = checked(call("check", env={**nowhere, "TICKETSTREAM_POLICY_FILE": str(policy)}))

    assert found["policy"]["status"] == "wrong"
    assert "Biling" in found["policy"]["detail"]
    assert "Billing" in found["policy"]["mend"]


def test_check_says_how_to_mend_a_policy(nowhere: Env, tmp_path: Path) -> None:
    """
    A policy file that is wrong comes with what to do about it, as every wrong thing does.
    """
    policy = tmp_path / "policy.yaml"
    policy.write_text("version: a\nescalat: {}\n")
    found = checked(call("check", env={**nowhere, "TICKETSTREAM_POLICY_FILE": str(policy)}))

    assert "did you mean escalate?" in found["policy"]["detail"]
    assert "correct the lines named" in found["policy"]["mend"]
    assert "TICKETSTREAM_POLICY_FILE" in found["policy"]["mend"]


def test_check_looks_at_the_ports(nowhere: Env) -> None:
    """
    A port that another program has is found before a server needs it, with the setting to change.
    """
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        found = checked(call("check", env={**nowhere, "TICKETSTREAM_SIDECAR_HTTP_PORT": port}))

    assert found["sidecar"]["status"] == "wrong"
    assert f"127.0.0.1:{port}" in found["sidecar"]["detail"]
    assert "TICKETSTREAM_SIDECAR_HTTP_PORT" in found["sidecar"]["mend"]


def test_check_on_a_terminal(nowhere: Env) -> None:
    """
    A person reads a table, and below it, in lines that can be copied, how to mend what is wrong.
    """
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        seen = on_terminal("check", env={**nowhere, "TICKETSTREAM_SIDECAR_HTTP_PORT": port})

    table, _, below = seen.partition("To mend")
    assert "sidecar" in table.partition("Checks")[2]
    assert "\r\n  sidecar: set TICKETSTREAM_SIDECAR_HTTP_PORT; 0 takes any free port\r\n" in below


def test_check_with_kafka_away(nowhere: Env) -> None:
    """
    If nothing is wrong but Kafka is away, the exit code says so: 3.
    """
    assert call("check", env=nowhere).returncode == 3


@pytest.mark.parametrize("misspelt", ["KAFKA_BROKER", "NO_SUCH_THING"])
def test_check_goes_on_when_a_setting_is_misspelt(env: Env, misspelt: str) -> None:
    """
    A misspelt setting is named first, what can be tried is tried, and no values are made up.
    """
    done = call("check", env={**env, **ANY_PORT, f"TICKETSTREAM_{misspelt}": "1"})
    first, *_ = rows(done.stdout)

    assert done.returncode == 2
    assert (first["check"], first["status"]) == ("settings", "wrong")
    assert f"TICKETSTREAM_{misspelt} is not a setting" in first["detail"]
    tried(done)


def test_check_says_which_value_does_not_fit(env: Env) -> None:
    """
    A value that does not fit is named by its setting, and nothing is tried with a guess at it.
    """
    done = call("check", env={**env, "TICKETSTREAM_PASSAGES": "many"})
    (only,) = rows(done.stdout)

    assert done.returncode == 2
    assert (only["check"], only["status"]) == ("settings", "wrong")
    assert "TICKETSTREAM_PASSAGES" in only["detail"]
