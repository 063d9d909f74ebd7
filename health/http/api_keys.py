"""
API keys: who may call what begins with `/api/`. Without keys in the settings everybody may.

    settings or file: helpdesk:9f86d081884c7d65...:acme   name, SHA-256 of its key, tenant
    a call:           Authorization: Bearer ts_...        or X-API-Key: ts_...

A key belongs to one tenant, or to all (`*`). The tenant is everything behind the second colon;
an entry without one belongs to the tenant `default`. A handler asks `reach` what its caller may
read and write.

Only hashes are kept. A key is 32 random bytes, which nobody finds by trying, so a fast hash
does (docs/design/sidecar.md, "API keys"). Probes, metrics and documents stay open.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware

from health.http import responses
from health.http.key_lines import NAME, Key, KeyFile, KeyLines, Reach, in_setting
from schemas.http import Problem
from schemas.ticket import DEFAULT_TENANT, MAX_ID
from streams.errors import ConfigurationError
from streams.settings import Settings

API_KEY = "x-api-key"
EVERYTHING = Reach(None)
_REACH = web.RequestKey("reach", Reach)
_CALLER = web.RequestKey("caller", str)


class UnknownKey(responses.Refusal):
    """The answer to a key that is none of those that there are."""


def reach(request: web.Request) -> Reach:
    """Return what the caller of *request* may read and write."""
    found: Reach = request.get(_REACH, EVERYTHING)
    return found


def caller(request: web.Request) -> str:
    """Return whose key *request* has; nothing where none is needed."""
    found: str = request.get(_CALLER, "")
    return found


class Keys:
    """The keys of now: a setting, or a file that is read again whenever it has changed."""

    def __init__(self, settings: Settings) -> None:
        """
        Read them for the first time.

        Raises:
            ConfigurationError: The file cannot be read, or what it or the setting has are no
            hashes of keys.
        """
        self._given = in_setting(settings.api_keys.get_secret_value())
        self._file = KeyFile(settings.api_keys_file) if settings.api_keys_file else None

    @property
    def required(self) -> bool:
        """Whether a caller needs a key."""
        return bool(self._file or self._given.keys)

    @property
    def known(self) -> int:
        """How many keys there are now."""
        return len(self._current().keys)

    @property
    def tenants(self) -> frozenset[str]:
        """The tenants that have a key of their own."""
        keys = self._current().keys
        return frozenset(key.reach.only for key in keys if key.reach.only is not None)

    def broken(self) -> bool:
        """Return whether a person must mend the file: it lacks keys that should be there."""
        return bool(self._current().fault)

    def find(self, key: str) -> Key | None:
        """Return the entry of *key*, or None. It takes as long for any key."""
        given = hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
        found = None
        for known in self._current().keys:
            if hmac.compare_digest(known.hash, given):
                found = known
        return found

    def _current(self) -> KeyLines:
        return self._file.current() if self._file else self._given


def new(name: str, tenant: str = DEFAULT_TENANT) -> tuple[str, str]:
    """
    Return a new key for *name*, and the line that lets it in.

    Args:
        tenant: whose tickets it opens; `*` for all tenants'.

    Raises:
        ConfigurationError: *name* or *tenant* is none for a key.
    """
    if not re.fullmatch(rf".{{1,{MAX_ID}}}", tenant) or tenant != tenant.strip():
        raise ConfigurationError(
            f"the tenant of a key has 1 to {MAX_ID} characters in one line, and no space at its"
            " ends"
        )
    if not re.fullmatch(NAME, name):
        raise ConfigurationError(
            "the name of a key has 1 to 64 letters, digits, dots, dashes or underscores of ASCII"
        )
    key = f"ts_{secrets.token_urlsafe(32)}"
    return key, f"{name}:{hashlib.sha256(key.encode()).hexdigest()}:{tenant}"


def guard(keys: Keys) -> Middleware:
    """Return what lets only callers with one of *keys* at what is protected."""

    @web.middleware
    async def middleware(request: web.Request, handler: responses.Handler) -> web.StreamResponse:
        if keys.required and responses.is_protected(request):
            key = _key(request)
            known = keys.find(key) if key else None
            if known is None:
                raise _refused(with_a_key=bool(key), keys=keys)
            request[_REACH] = known.reach
            request[_CALLER] = known.caller
            structlog.contextvars.bind_contextvars(api_key=known.name)
        return await handler(request)

    return middleware


def _key(request: web.Request) -> str | None:
    """Return the key in `Authorization: Bearer`, else in `X-API-Key`."""
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return request.headers.get(API_KEY)


def _refused(*, with_a_key: bool, keys: Keys) -> responses.Refusal:
    """Return the 401 of RFC 6750, which tells an unknown key from none."""
    if with_a_key:
        challenge = 'Bearer realm="ticketstream", error="invalid_token"'
        # While the file has no key, nobody can tell a wrong one from a right one.
        kind = UnknownKey if keys.known else responses.Refusal
        body = Problem(detail="This API key is not known here.")
        return kind(401, body, {hdrs.WWW_AUTHENTICATE: challenge})
    needed = "Send an API key: Authorization: Bearer KEY, or X-API-Key: KEY."
    return responses.problem(401, needed, {hdrs.WWW_AUTHENTICATE: 'Bearer realm="ticketstream"'})
