"""In which order `ticketstream check` speaks, and how it ends."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from streams.cli import terminal
from streams.cli.check import command
from streams.cli.exit_codes import AWAY, WRONG
from streams.settings import Settings


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Set the environment of a person whose Kafka is away, and who runs no `up`."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("TICKETSTREAM_KAFKA_BROKERS", "127.0.0.1:1")
    for port in ("WORKER", "SIDECAR"):
        monkeypatch.setenv(f"TICKETSTREAM_{port}_HTTP_PORT", "0")


async def rows(capsys: pytest.CaptureFixture[str], code: int) -> list[dict[str, Any]]:
    """Return what `check` writes for a program, and assert how it ends."""
    assert await command.check_everything() == code
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


async def test_a_program_gets_the_findings_first(capsys: pytest.CaptureFixture[str]) -> None:
    """
    In a pipe what was tried comes first, then every setting.
    """
    found = await rows(capsys, AWAY)

    tried = [row["check"] for row in found if "check" in row]
    assert list(found[0].values())[:2] == ["kafka", "away"]
    assert [row["check"] for row in found[: len(tried)]] == tried
    assert len(found) == len(tried) + len(Settings.model_fields)


async def test_a_person_gets_the_findings_last(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    On a terminal what was tried comes after the settings, and what is to be done at the end.
    """
    monkeypatch.setattr(terminal, "is_read_by_person", lambda: True)
    await command.check_everything()
    shown = capsys.readouterr().out

    assert shown.index("Settings") < shown.index("Checks") < shown.index("To mend")


async def test_a_misspelt_setting(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A misspelt setting is the first finding, and what can be tried without it is tried.
    """
    monkeypatch.setenv("TICKETSTREAM_KAFKA_BROKER", "a:1")
    first, second, *others = await rows(capsys, WRONG)

    assert (first["check"], first["status"]) == ("settings", "wrong")
    assert "TICKETSTREAM_KAFKA_BROKERS" in first["detail"]
    assert (second["check"], second["status"]) == ("kafka", "away")
    assert not [row for row in others if "setting" in row]


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("KAFKA_BROKERS", "user:CANARY@h:9092"),
        ("KAFKA_BROKERS", "a:1,user:CAN,CANARY@127.0.0.1:1"),
        ("KAFKA_OAUTH_TOKEN_URL", "https://127.0.0.1:1/t?secret=CANARY"),
        ("OPENAI_BASE_URL", "http://user:CANARY@127.0.0.1:1/v1"),
        ("CORS_ORIGINS", "https://a.example,https://user:CANARY@b.example"),
        ("OPENAI_PARAMETERS", '{"metadata": {"from": "https://user:CANARY@h?k=CANARY"}}'),
    ],
)
async def test_no_secret_in_an_address(
    name: str,
    given: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """
    What may be a password or a key in an address is shown neither in rows nor in findings.
    """
    monkeypatch.setenv(f"TICKETSTREAM_{name}", given)
    await command.check_everything()
    shown = capsys.readouterr().out

    assert "CANARY" not in shown
    (value,) = (
        row["value"]
        for row in map(json.loads, shown.splitlines())
        if row.get("setting") == f"TICKETSTREAM_{name}"
    )
    assert "********" in value


def test_every_address_is_known() -> None:
    """
    A setting whose description says that it is an address is shown like one.
    """
    said = re.compile(r"address|origin|endpoint")
    ports_and_files = re.compile(r"_(port|file|client_id|rate_limit)$")
    meant = {
        name
        for name, field in Settings.model_fields.items()
        if said.search(field.description or "") and not ports_and_files.search(name)
    }

    assert meant == {
        *("kafka_brokers", "kafka_oauth_token_url", "weaviate_url", "weaviate_grpc_url"),
        *("openai_base_url", "worker_host", "sidecar_host", "cors_origins"),
    }
    for name in meant:
        assert command._shown(name, "user:CANARY@h") == "********@h"
