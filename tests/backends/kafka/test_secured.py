"""Worker and sidecar on a real Kafka that is secured, while their credentials are exchanged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
import structlog
from pydantic import SecretStr

from health.sidecar import Sidecar
from streams.backends.kafka import admin, connection, rights
from streams.cli.check import brokers
from streams.settings import Settings
from streams.worker import Worker
from tests.health.conftest import PROCESS, a_ticket
from tests.support.certificates import Authority
from tests.support.machine import needs_real_servers
from tests.support.secured_kafka import MTLS, OAUTH, SCRAM, SecuredKafka

pytestmark = pytest.mark.real

SESSION_MS = 6_000
"""After it the broker ends each connection that a login by SASL has opened."""
SECRETS = ("first-secret", "second-secret")
PRINCIPALS = {SCRAM: "User:support", OAUTH: "User:support", MTLS: "User:CN=support"}


@pytest.fixture(scope="module")
def kafka() -> Iterator[SecuredKafka]:
    """Return a secured Kafka where a login lasts SESSION_MS, with one user by each listener."""
    needs_real_servers()
    with SecuredKafka(session_ms=SESSION_MS) as running:
        everything = rights.needed(Settings(), *rights.PARTS)
        for principal in set(PRINCIPALS.values()):
            running.allow(principal, ((r.operation, r.kind, r.name) for r in everything))
        asyncio.run(admin.create_topics(Settings(kafka_brokers=running.brokers)))
        yield running


@pytest.fixture
def as_support(kafka: SecuredKafka, tmp_path: Path) -> Callable[[str], Settings]:
    """Return what makes the settings of the user by a listener, with secrets in files."""

    def make(listener: str) -> Settings:
        secret = tmp_path / "secret"
        secret.write_text(f"{SECRETS[0]}\n")
        ports = {"worker_http_port": 0, "sidecar_http_port": 0}
        if listener == SCRAM:
            kafka.with_password("support", SECRETS[0])
            login = {"kafka_username": "support", "kafka_password_file": secret}
            return kafka.settings(SCRAM, **login, **ports)
        if listener == OAUTH:
            own = {"kafka_oauth_client_secret_file": secret}
            made = kafka.by_token("support", SECRETS[0], **own, **ports)
            return made.model_copy(update={"kafka_oauth_client_secret": SecretStr("")})
        return kafka.by_certificate("support", **ports)

    return make


@asynccontextmanager
async def at_work(settings: Settings) -> AsyncIterator[tuple[Worker, Sidecar]]:
    """Yield a worker with all stages and a sidecar."""
    async with Worker(settings) as worker, Sidecar(settings) as sidecar:
        yield worker, sidecar


async def goes_through(sidecar: Sidecar) -> None:
    """Return once a ticket of its own has gone through the stages."""
    ticket, url = a_ticket(), sidecar.url + PROCESS
    async with asyncio.timeout(90), aiohttp.ClientSession() as session:
        while True:
            async with session.post(url, json=ticket) as answer:
                body = await answer.json()
            if answer.status == 200:
                assert body["ticket_id"] == ticket["ticket_id"]
                return
            await asyncio.sleep(0.5)


@pytest.mark.parametrize("listener", [SCRAM, OAUTH, MTLS])
async def test_a_ticket_goes_through(
    as_support: Callable[[str], Settings], listener: str, caplog: pytest.LogCaptureFixture
) -> None:
    """
    Worker, sidecar and `check` log in by password, token and certificate, and show no secret.
    """
    settings = as_support(listener)
    with structlog.testing.capture_logs() as logs:
        async with at_work(settings) as (worker, sidecar):
            await goes_through(sidecar)
            url = f"{sidecar.url}/health"
            async with aiohttp.ClientSession() as session, session.get(url) as answer:
                health = await answer.text()
            shown = f"{health} {dict(worker.health())} {logs} {caplog.text}"
        found = await brokers.look_at_brokers(settings)

    assert not [one for _, one in found if one.status in ("wrong", "away")]
    assert ("rights", "ok") in [(name, one.status) for name, one in found]
    assert not any(secret in f"{shown} {found}" for secret in SECRETS)
    assert "eyJ" not in shown  # a token


async def test_a_password_is_exchanged(
    kafka: SecuredKafka, as_support: Callable[[str], Settings]
) -> None:
    """
    The old password is revoked and all connections end: tickets go on with the one in the file.
    """
    settings = as_support(SCRAM)
    assert settings.kafka_password_file
    async with at_work(settings) as (_, sidecar):
        await goes_through(sidecar)
        kafka.with_password("support", SECRETS[1])
        await asyncio.sleep(2 * SESSION_MS / 1000)  # nobody gets in meanwhile
        refused = await connection.connection_fault(settings)
        settings.kafka_password_file.write_text(SECRETS[1])
        await goes_through(sidecar)

    assert "refuses the user or the password" in str(refused)


async def test_a_client_secret_is_exchanged(
    kafka: SecuredKafka, as_support: Callable[[str], Settings]
) -> None:
    """
    Tokens are renewed before they end, the later ones with the secret that the file has by then.
    """
    settings = as_support(OAUTH)
    assert settings.kafka_oauth_client_secret_file
    kafka.tokens.lifetime = 5.0
    try:
        async with at_work(settings) as (_, sidecar):
            await goes_through(sidecar)
            kafka.tokens.clients["support"] = SECRETS[1]
            settings.kafka_oauth_client_secret_file.write_text(SECRETS[1])
            await asyncio.sleep(kafka.tokens.lifetime + SESSION_MS / 1000)
            await goes_through(sidecar)
    finally:
        kafka.tokens.lifetime = 300.0

    assert {asked.secret for asked in kafka.tokens.asked} >= set(SECRETS)


async def test_a_certificate_is_exchanged(
    kafka: SecuredKafka, as_support: Callable[[str], Settings], tmp_path: Path
) -> None:
    """
    The broker trusts another authority from now on: tickets go on with its certificate.
    """
    settings = as_support(MTLS)
    assert settings.kafka_certificate_file
    assert settings.kafka_key_file
    other = Authority(tmp_path, "other")
    trusted = kafka.trusted.read_bytes()
    try:
        async with at_work(settings) as (_, sidecar):
            await goes_through(sidecar)
            await asyncio.to_thread(kafka.stop)
            kafka.trusted.write_bytes(other.file.read_bytes())
            await asyncio.to_thread(kafka.restart)
            refused = await connection.connection_fault(settings)
            certificate, key = other.sign("support")
            settings.kafka_key_file.write_bytes(key.read_bytes())
            settings.kafka_certificate_file.write_bytes(certificate.read_bytes())
            await goes_through(sidecar)
    finally:
        await asyncio.to_thread(kafka.stop)
        kafka.trusted.write_bytes(trusted)
        await asyncio.to_thread(kafka.restart)

    assert f"refuses the certificate in {settings.kafka_certificate_file}" in str(refused)
