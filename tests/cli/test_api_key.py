"""`ticketstream api-key`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp
import pytest
from click.testing import CliRunner

from health.http.api_keys import Keys
from health.sidecar import Sidecar
from streams.cli.commands import cli
from streams.errors import ConfigurationError
from streams.settings import Settings


def settings(**more: Any) -> Settings:
    """Return the settings of a sidecar without Kafka."""
    return Settings(kafka_brokers="127.0.0.1:1", sidecar_http_port=0, grace_seconds=0.1, **more)


async def test_a_new_key(tmp_path: Path) -> None:
    """
    The command shows the key once, on standard error, and the line that lets it in.
    """
    made = CliRunner().invoke(cli, ["api-key", "help.desk_1"], catch_exceptions=False)
    key, file = made.stderr.strip(), tmp_path / "keys"
    file.write_text(made.stdout)

    async with (
        Sidecar(settings(api_keys_file=file)) as sidecar,
        aiohttp.ClientSession(sidecar.url, headers={"X-API-Key": key}) as caller,
        caller.get("/api/v1/tickets/metrics") as answer,
    ):
        assert answer.status == 200
    assert len(key) > 40
    assert key not in made.stdout


@pytest.mark.parametrize("name", ["", "a b", "a:b", "ü", "a" * 65, "#a"])
def test_a_name_that_is_none(name: str) -> None:
    """
    A name that the file could not have is refused.
    """
    with pytest.raises(ConfigurationError, match="name of a key"):
        CliRunner().invoke(cli, ["api-key", name], catch_exceptions=False)


def test_a_new_key_of_a_tenant(tmp_path: Path) -> None:
    """
    The command makes a key for the tenant that it is given.
    """
    arguments = ["api-key", "acme", "--tenant", "acme: co"]
    made = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    file = tmp_path / "keys"
    file.write_text(made.stdout)

    assert Keys(settings(api_keys_file=file)).tenants == {"acme: co"}
