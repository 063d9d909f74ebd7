"""How aiokafka's clients log in, and the private parts of it that we change."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from aiokafka import client, conn
from aiokafka.client import AIOKafkaClient

from streams.backends.kafka import connection, login
from streams.credential import Credential
from streams.settings import Settings


class Provider:
    """Gives always the same token."""

    async def token(self) -> str:
        """Return it."""
        return "token"


def test_parts_that_are_replaced_are_what_they_were() -> None:
    """
    aiokafka's clients open connections by what we put there, with the password by its name.
    """
    parameters = inspect.signature(conn.create_conn).parameters
    assert "sasl_plain_password" in parameters
    assert inspect.getsource(AIOKafkaClient).count("await create_conn(") == 2
    steps = inspect.getsource(conn.AIOKafkaConnection.authenticator_oauth)
    assert "return OAuthAuthenticator(" in steps


def test_every_client_is_made_to_log_in_so() -> None:
    """
    To make options for a client installs it.
    """
    connection.options(Settings())

    assert client.create_conn is login.connect
    assert conn.OAuthAuthenticator is login.Authenticator


async def test_the_password_of_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A connection is made with the password that the file has at that time.
    """
    used = []

    async def create_conn(*_: object, **options: object) -> None:
        used.append(options["sasl_plain_password"])

    monkeypatch.setattr(login, "_create_conn", create_conn)
    file = tmp_path / "password"
    file.write_text("first")
    settings = Settings(kafka_username="support", kafka_password_file=file)
    kept = login.Password(Credential(settings, "kafka_password"))
    await login.connect("k", 1, sasl_plain_password=kept)
    file.write_text("the second")
    await login.connect("k", 1, sasl_plain_password=kept)
    await login.connect("k", 1, sasl_plain_password="another client's")

    assert used == ["first", "the second", "another client's"]
    assert "first" not in f"{kept} {kept!r}"


@pytest.mark.parametrize(
    ("answer", "then"), [(b"", None), (b'{"status":"invalid_token"}', (b"\x01", True))]
)
async def test_a_token_that_is_refused(answer: bytes, then: tuple[bytes, bool] | None) -> None:
    """
    What a broker says against a token is answered, so that its error comes; no words, no error.
    """
    authenticator = login.Authenticator(sasl_oauth_token_provider=Provider())
    first = await authenticator.step(None)

    assert first == (b"n,,\x01auth=Bearer token\x01\x01", True)
    assert await authenticator.step(answer) == then
