"""
OAUTHBEARER: tokens for the brokers, from an OAuth 2.0 endpoint that takes client credentials.

A token is used for all connections of a client until four fifths of its life are over. Then a new
one is asked for, with the client secret of then; while the endpoint is away the old one is used
to its end. Its life is counted by our own clock from when it came (`expires_in`), so a wrong clock
shortens none.
"""

from __future__ import annotations

import asyncio
import base64
import json
import math
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus

import httpx
import structlog
from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaConnectionError

from streams import tls_files
from streams.address_secrets import without_secrets
from streams.credential import Credential
from streams.errors import ConfigurationError, Unavailable
from streams.settings import PREFIX, Settings

TOKEN_URL = f"{PREFIX}KAFKA_OAUTH_TOKEN_URL"
CLIENT_ID = f"{PREFIX}KAFKA_OAUTH_CLIENT_ID"
SCOPE = f"{PREFIX}KAFKA_OAUTH_SCOPE"
CA_FILE = f"{PREFIX}KAFKA_OAUTH_CA_FILE"

_SECONDS = 5.0
"""Time for the endpoint to answer."""
_USED = 0.8
"""Part of a token's life after which a new one is asked for."""
_PAUSE_SECONDS = 1.0
"""Time after a failure in which the endpoint is not asked again."""
_YOUNG_SECONDS = 10.0
"""Age up to which a token that a broker refused is not replaced: a new one fares no better."""
_LIFE_SECONDS = 300.0
"""Life of a token of which the endpoint does not say it."""
_SKEW_SECONDS = 30.0
"""Difference of two clocks that is not worth a word."""

TokenFault = ConfigurationError | Unavailable

log = structlog.get_logger()


class NoToken(KafkaConnectionError):  # type: ignore[misc]  # aiokafka has no types
    """There is no token to log in with. For aiokafka it is a connection that cannot be made."""

    def __init__(self, fault: TokenFault) -> None:
        super().__init__(str(fault))
        self.fault = fault


@dataclass(frozen=True)
class Token:
    """A token, and by `time.monotonic` when it was got and when its life ends."""

    text: str
    since: float
    until: float

    @property
    def seconds(self) -> float:
        """Seconds that are left of its life."""
        return self.until - time.monotonic()

    @property
    def is_fresh(self) -> bool:
        """Whether it is still to be used when a new one could be had."""
        return time.monotonic() < self.since + _USED * (self.until - self.since)

    def claims(self) -> dict[str, Any]:
        """Return what the token says, unverified; nothing if it is no JWT."""
        try:
            body = self.text.split(".")[1]
            found = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        except (IndexError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def described(self) -> str:
        """Return what the token says of itself, without what would let somebody in."""
        told = {n: self.claims().get(n) for n in ("iss", "aud", "sub", "scope")}
        said = ", ".join(f"{name} {value}" for name, value in told.items() if value)
        return f"It says {said}." if said else "It is no JWT."

    def off_by(self) -> str:
        """Return what of the token's own times does not fit this machine's clock; or nothing."""
        now = time.time()
        soon = now + _SKEW_SECONDS
        for claim, (since, until), said in (
            ("iat", (0, soon), "was issued at"),
            ("nbf", (0, soon), "is valid from"),
            ("exp", (now, math.inf), "is valid until"),
        ):
            at = self.claims().get(claim, now)
            if isinstance(at, int | float) and not since <= at <= until:
                return (
                    f"the token {said} {datetime.fromtimestamp(at, UTC):%F %T}Z, and this machine's"
                    f" clock says {datetime.fromtimestamp(now, UTC):%F %T}Z"
                )
        return ""


class Tokens(AbstractTokenProvider):  # type: ignore[misc]  # aiokafka has no types
    """Tokens for one client. Any thread and any event loop may ask for one."""

    def __init__(self, settings: Settings) -> None:
        """Raises ConfigurationError if a setting is missing, or a file cannot be used."""
        _require(settings)
        self._settings = settings
        self._secret = Credential(settings, "kafka_oauth_client_secret")
        if not self._secret.current():
            raise ConfigurationError(
                f"OAUTHBEARER needs the secret of {CLIENT_ID}, and there is none",
                mend=f"set {self._secret.setting}_FILE or {self._secret.setting}",
            )
        self._trust = tls_files.reloaded_trust(CA_FILE, settings.kafka_oauth_ca_file)
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._failed: tuple[float, TokenFault] | None = None

    async def token(self) -> str:
        """
        Return a token that is valid now.

        Raises:
            NoToken: There is none.
        """
        return (await asyncio.to_thread(self.get)).text

    def get(self) -> Token:
        """As `token`, for who may wait, with its life."""
        with self._lock:
            if self._token is None or not self._token.is_fresh:
                self._renew()
            assert self._token  # noqa: S101  # else NoToken was raised
            return self._token

    def discard(self) -> None:
        """Get a new token next time: a broker has refused this one."""
        with self._lock:
            if self._token and time.monotonic() > self._token.since + _YOUNG_SECONDS:
                self._token = None

    def _renew(self) -> None:
        """Get a new token. If that fails, the old one serves for the rest of its life."""
        now = time.monotonic()
        if self._failed is None or now > self._failed[0] + _PAUSE_SECONDS:
            try:
                self._token, self._failed = self._asked(), None
                return
            except (ConfigurationError, Unavailable) as fault:
                self._failed = now, fault
                log.warning("no new token for Kafka", reason=str(fault))
        if self._token is None or self._token.seconds <= 0:
            assert self._failed  # noqa: S101  # else there is a token
            raise NoToken(self._failed[1])

    def _asked(self) -> Token:
        """Return a token of the endpoint. Raises ConfigurationError, Unavailable."""
        scope = self._settings.kafka_oauth_scope
        form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
        # RFC 6749, 2.3.1: both are encoded as in a form first.
        who = quote_plus(self._settings.kafka_oauth_client_id), quote_plus(self._secret.current())
        since = time.monotonic()
        try:
            with httpx.Client(verify=self._trust.current(), timeout=_SECONDS) as client:
                answer = client.post(self._settings.kafka_oauth_token_url, data=form, auth=who)
        except httpx.HTTPError as error:
            raise self._silent(error) from None
        return _token(answer, since) or self._refused(answer)

    def _silent(self, error: httpx.HTTPError) -> TokenFault:
        """Return what is said of an endpoint that gives no answer."""
        where = without_secrets(self._settings.kafka_oauth_token_url)
        if why := tls_files.untrusted(error):
            return ConfigurationError(
                f"the certificate of the token endpoint {where} is not trusted ({why})",
                mend=f"set {CA_FILE} to the PEM file of the authority that signed it, and"
                f" {TOKEN_URL} to a host that it names",
            )
        return Unavailable(
            f"the token endpoint {where} does not answer ({type(error).__name__})",
            mend=f"is it running, and is {TOKEN_URL} right?",
        )

    def _refused(self, answer: httpx.Response) -> Token:
        """Raise what is wrong when *answer* has no token."""
        where, status = without_secrets(self._settings.kafka_oauth_token_url), answer.status_code
        if status == 429 or status >= 500:
            raise Unavailable(f"the token endpoint {where} answers {status}", mend="is it well?")
        error = _error(answer)
        if status == 401 or error in ("invalid_client", "unauthorized_client"):
            raise ConfigurationError(
                f"the token endpoint {where} refuses the client ({error or status})",
                mend=f"check {CLIENT_ID} and {self._secret.name}",
            )
        if error == "invalid_scope":
            raise ConfigurationError(
                f"the token endpoint {where} refuses the scope (invalid_scope)",
                mend=f"check {SCOPE}",
            )
        raise ConfigurationError(
            f"the token endpoint {where} answers {status} and no token"
            + (f" ({error})" if error else ""),
            mend=f"set {TOKEN_URL} to an endpoint that takes client credentials",
        )


def _require(settings: Settings) -> None:
    needed = {
        TOKEN_URL: settings.kafka_oauth_token_url,
        CLIENT_ID: settings.kafka_oauth_client_id,
    }
    missing = [name for name, value in needed.items() if not value]
    if missing:
        raise ConfigurationError(f"OAUTHBEARER needs {' and '.join(missing)}", mend="set them")


def _token(answer: httpx.Response, since: float) -> Token | None:
    """Return the token in *answer*, None if there is none."""
    found = _body(answer)
    text, life = found.get("access_token"), found.get("expires_in", _LIFE_SECONDS)
    if answer.status_code != 200 or not isinstance(text, str) or not text.isascii():
        return None
    if not text.isprintable() or not text or " " in text:
        return None
    try:
        return Token(text, since, since + float(life))
    except (TypeError, ValueError):
        return Token(text, since, since + _LIFE_SECONDS)


def _error(answer: httpx.Response) -> str:
    """Return the code of the error (RFC 6749, 5.2) in *answer*, if it is one of ASCII letters."""
    error = _body(answer).get("error")
    known = isinstance(error, str) and error.replace("_", "").isalpha() and len(error) <= 64
    return str(error) if known else ""


def _body(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
