"""What `ticketstream check` finds of the sidecar: its ports, certificate and keys."""

from __future__ import annotations

import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from health.sidecar import Sidecar
from streams.cli.check.diagnosis import Diagnosis, diagnose
from streams.cli.check.sidecar import look_at_sidecar
from streams.settings import Settings
from tests.support.certificates import DAY, Authority


async def looked_at(**given: Any) -> list[Diagnosis]:
    """Return what is found of a sidecar with the settings *given*."""
    found = await diagnose("sidecar", look_at_sidecar, settings(**given))
    return [one for _, one in found]


def settings(**given: Any) -> Settings:
    """Return settings without Kafka."""
    return Settings(kafka_brokers="127.0.0.1:1", grace_seconds=0.1, **given)


@pytest.fixture
def port(unused_tcp_port: int) -> int:
    """Return a free port."""
    return unused_tcp_port


async def test_a_sidecar_that_could_run(port: int) -> None:
    """
    Its port is free, and there is no more to say.
    """
    (found,) = await looked_at(sidecar_http_port=port)

    assert (found.status, "is free" in found.detail) == ("ok", True)


async def test_a_sidecar_with_tls_that_runs(tmp_path: Path, port: int) -> None:
    """
    It is known by its health, though its certificate names another host, and said how long that is
    valid.
    """
    certificate, key = Authority(tmp_path).sign("own", hosts=("tickets.example",), ends=90 * DAY)
    own = {"sidecar_certificate_file": certificate, "sidecar_key_file": key}
    given = {"sidecar_http_port": port, "readback_hours": 0.0, **own}
    async with Sidecar(settings(**given)):
        address, valid = await looked_at(**given)

    assert address.status == "warning"  # Kafka is away
    assert f"https://127.0.0.1:{port}/health" in address.mend
    assert (valid.status, "valid until 20" in valid.detail) == ("ok", True)


@pytest.mark.parametrize(
    ("ends", "status"), [(timedelta(seconds=-5), "wrong"), (DAY, "warning"), (30 * DAY, "ok")]
)
async def test_a_certificate_that_runs_out(
    tmp_path: Path, port: int, ends: timedelta, status: str
) -> None:
    """
    Two weeks before that is a warning; after it the sidecar would not start.
    """
    certificate, key = Authority(tmp_path).sign("own", ends=ends)
    found = await looked_at(
        sidecar_http_port=port, sidecar_certificate_file=certificate, sidecar_key_file=key
    )

    assert found[-1].status == status
    assert "certificate" in found[-1].detail


async def test_a_file_that_cannot_be_used(tmp_path: Path, port: int) -> None:
    """
    A file of keys without keys is wrong, as it is at the start of the sidecar.
    """
    empty = tmp_path / "keys"
    empty.write_text("")

    (found,) = await looked_at(sidecar_http_port=port, api_keys_file=empty)
    assert (found.status, "TICKETSTREAM_API_KEYS_FILE" in found.detail) == ("wrong", True)


async def test_the_other_port(port: int) -> None:
    """
    The port for metrics and documents is looked at, too.
    """
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        first, second = await looked_at(sidecar_http_port=port, sidecar_internal_http_port=taken)
        (only,) = await looked_at(sidecar_http_port=port, sidecar_internal_http_port="off")

    assert (first.status, second.status, only.status) == ("ok", "wrong", "ok")
    assert "TICKETSTREAM_SIDECAR_INTERNAL_HTTP_PORT" in second.mend
