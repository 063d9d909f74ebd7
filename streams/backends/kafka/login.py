"""
What we change in how aiokafka's clients log in, on every connection of this process.

* A client keeps the password with which it was made for as long as it lives. Ours ask for the one
  of now, so that a password is exchanged without a restart.
* A broker answers a token that it refuses with a reason instead of an error code, and aiokafka
  takes any answer for a login. Ours go on as RFC 7628 has it, and then the broker says the error.

aiokafka is pinned; tests/backends/kafka/test_login.py fails when one of these parts changes.
"""

from __future__ import annotations

from typing import Any

from aiokafka import client, conn

from streams.backends.kafka.oauth import Tokens
from streams.credential import Credential

_create_conn = conn.create_conn


class Password(str):
    """What aiokafka's clients keep in place of a password. It has no characters of it."""

    __slots__ = ("_credential",)
    _credential: Credential

    def __new__(cls, credential: Credential) -> Password:
        """*credential* knows the password."""
        self = super().__new__(cls, "")
        self._credential = credential
        return self

    def current(self) -> str:
        """Return the password of now."""
        return self._credential.current()


def install_login() -> None:
    """
    Have all clients of this process log in so. To call it again does nothing.

    `connection.options` calls it, which every client needs.
    """
    client.create_conn = connect
    conn.OAuthAuthenticator = Authenticator


# Upstream: no issue is known: the password of a client cannot be exchanged
async def connect(*address: Any, **options: Any) -> conn.AIOKafkaConnection:
    """Return a connection as `create_conn` does, made with the password of now."""
    password = options.get("sasl_plain_password")
    if isinstance(password, Password):
        options["sasl_plain_password"] = password.current()
    return await _create_conn(*address, **options)


class Authenticator(conn.OAuthAuthenticator):  # type: ignore[misc]  # aiokafka has no types
    """Logs in with a token, and notices when it is refused."""

    # Upstream: no issue is known: a token that the broker refuses counts as a login
    async def step(self, payload: bytes | None) -> tuple[bytes, bool] | None:
        """Return what is to be sent after the broker said *payload*; None at the end."""
        if self._token_sent and payload:
            provider = self._sasl_oauth_token_provider
            if isinstance(provider, Tokens):
                provider.discard()
            return b"\x01", True
        answer: tuple[bytes, bool] | None = await super().step(payload)
        return answer
