"""
API keys: who may call what begins with `/api/`. Without keys in the settings everybody may.

    settings or file: helpdesk:9f86d081884c7d65...     a name, and the SHA-256 of its key
    a call:           Authorization: Bearer ts_...     or X-API-Key: ts_...

Only hashes are kept. A key is 32 random bytes, which nobody finds by trying, so a fast hash
does (ARCHITECTURE.md, "API keys"). Probes, metrics and documents stay open.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from pathlib import Path

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware

from health.http import responses as ours
from streams.errors import ConfigurationError
from streams.settings import Settings

API_KEY = "x-api-key"
_PROTECTED = "/api/"
_NAME = r"[A-Za-z0-9._-]{1,64}"
_LINE = re.compile(rf"({_NAME}):([0-9a-fA-F]{{64}})")
_SETTING = "TICKETSTREAM_API_KEYS"
_HOW = "name:SHA-256, as `ticketstream api-key NAME` makes it"
_UNREADABLE = -1
"""Instead of the time of a file: it is tried again at the next call."""
_log = structlog.get_logger()


class Keys:
    """The keys of now: a setting, or a file that is read again whenever it has changed."""

    def __init__(self, settings: Settings) -> None:
        """
        Read them for the first time.

        Raises:
            ConfigurationError: The file cannot be read, or what it or the setting has are no
            hashes of keys.
        """
        self._file = settings.api_keys_file
        self._read_at: int | None = None
        given = settings.api_keys.get_secret_value()
        self._hashes = _parsed(re.split(r"[,\s]+", given), _SETTING)
        if self._file:
            self._reread(self._file)
            if not self._hashes:
                raise ConfigurationError(
                    f"{_SETTING}_FILE: the file has no key; add a line, {_HOW}"
                )

    @property
    def required(self) -> bool:
        """Whether a caller needs a key."""
        return bool(self._file or self._hashes)

    def owner(self, key: str) -> str | None:
        """Return the name that *key* belongs to, or None. It takes as long for any key."""
        given = hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
        found = None
        for name, known in self._current():
            if hmac.compare_digest(known, given):
                found = name
        return found

    def _current(self) -> list[tuple[str, bytes]]:
        if self._file:
            try:
                self._reread(self._file)
            except ConfigurationError as error:
                _log.error("the last keys stay in use", reason=str(error))
        return self._hashes

    def _reread(self, file: Path) -> None:
        """Read *file* if it has changed. Raises ConfigurationError, once for each change."""
        name = f"{_SETTING}_FILE"
        try:
            changed = file.stat().st_mtime_ns
            if changed == self._read_at:
                return
            lines = file.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, ValueError):
            if self._read_at == _UNREADABLE:
                return
            self._read_at = _UNREADABLE
            raise ConfigurationError(f"{name}: the file cannot be read") from None
        self._read_at = changed  # before it is parsed: what is wrong is said once
        self._hashes = _parsed(lines, name)


def _parsed(lines: Iterable[str], source: str) -> list[tuple[str, bytes]]:
    """Return names and hashes. What is wrong is told by its number: it may be a key itself."""
    found = []
    for number, line in enumerate(lines, 1):
        entry = line.strip()
        if not entry or entry.startswith("#"):
            continue
        match = _LINE.fullmatch(entry)
        if not match:
            raise ConfigurationError(f"{source}: entry {number} is not {_HOW}")
        found.append((match[1], bytes.fromhex(match[2])))
    return found


def new(name: str) -> tuple[str, str]:
    """
    Return a new key for *name*, and the line that lets it in.

    Raises:
        ConfigurationError: *name* is none for a key.
    """
    if not re.fullmatch(_NAME, name):
        raise ConfigurationError(
            "the name of a key has 1 to 64 letters, digits, dots, dashes or underscores of ASCII"
        )
    key = f"ts_{secrets.token_urlsafe(32)}"
    return key, f"{name}:{hashlib.sha256(key.encode()).hexdigest()}"


def guard(keys: Keys) -> Middleware:
    """Return what lets only callers with one of *keys* at what is protected."""

    @web.middleware
    async def middleware(request: web.Request, handler: ours.Handler) -> web.StreamResponse:
        if keys.required and ours.template(request).startswith(_PROTECTED):
            key = _key(request)
            owner = keys.owner(key) if key else None
            if owner is None:
                raise _refused(with_a_key=bool(key))
            structlog.contextvars.bind_contextvars(api_key=owner)
        return await handler(request)

    return middleware


def _key(request: web.Request) -> str | None:
    """Return the key in `Authorization: Bearer`, else in `X-API-Key`."""
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return request.headers.get(API_KEY)


def _refused(*, with_a_key: bool) -> ours.Refusal:
    """Return the 401 of RFC 6750, which tells an unknown key from none."""
    if with_a_key:
        challenge = 'Bearer realm="ticketstream", error="invalid_token"'
        return ours.problem(
            401, "This API key is not known here.", {hdrs.WWW_AUTHENTICATE: challenge}
        )
    needed = "Send an API key: Authorization: Bearer KEY, or X-API-Key: KEY."
    return ours.problem(401, needed, {hdrs.WWW_AUTHENTICATE: 'Bearer realm="ticketstream"'})
