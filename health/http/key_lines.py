"""
The lines that say which API keys there are: of a setting, or of a file that may change.

    helpdesk:9f86d081884c7d65...:acme     name, SHA-256 of its key, tenant

At the start each line must fit. While the sidecar runs, a line of the file that does not fit opens
nothing, and the others count: a key is refused once its line is gone, whatever else is in the
file. A file that is missing or cannot be read opens nothing. It is tried again at each call.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import structlog

from schemas.ticket import DEFAULT_TENANT, MAX_ID
from streams.errors import ConfigurationError
from streams.watched_files import Watched, read_text

NAME = r"[A-Za-z0-9._-]{1,64}"
EVERY_TENANT = "*"
SETTING = "TICKETSTREAM_API_KEYS"
_TENANT = rf"[^\n\ud800-\udfff]{{1,{MAX_ID}}}"  # no half of a pair: that is a byte beyond UTF-8
_LINE = re.compile(rf"({NAME}):([0-9a-fA-F]{{64}})(?::({_TENANT}))?")
_HOW = "name:SHA-256:tenant, as `ticketstream api-key NAME --tenant TENANT` makes it"
_SHOWN = 10
"""Numbers of broken lines that a message has."""
_log = structlog.get_logger()


@dataclass(frozen=True)
class Reach:
    """Which tenants' tickets a caller may read and write."""

    only: str | None
    """The one tenant, or None for all."""

    @property
    def tenant(self) -> str:
        """The tenant of a call that names none."""
        return DEFAULT_TENANT if self.only is None else self.only

    def includes(self, tenant: str) -> bool:
        """Return whether *tenant*'s tickets are the caller's."""
        return self.only in (None, tenant)


@dataclass(frozen=True)
class Key:
    """A line: whose key it is, its hash, and what it opens."""

    name: str
    hash: bytes
    reach: Reach

    @property
    def caller(self) -> str:
        """Whose key it is: two keys of one name and tenant are the same caller's."""
        return f"key {self.name}:{EVERY_TENANT if self.reach.only is None else self.reach.only}"


@dataclass(frozen=True)
class KeyLines:
    """The keys of some lines, and what is wrong with the other lines."""

    keys: tuple[Key, ...] = ()
    fault: str = ""
    """What a person must mend. It names lines by their number, as one may be a key itself."""


def in_setting(given: str) -> KeyLines:
    """
    Return the keys of the setting, if it has some.

    Raises:
        ConfigurationError: It has something else, too.
    """
    return _required(_parsed(re.split(r"[,\n]", given), SETTING, "entry"))


class KeyFile:
    """A file with a key in each line. Any thread may ask for them."""

    def __init__(self, file: Path) -> None:
        """
        Read it for the first time.

        Raises:
            ConfigurationError: It cannot be read, a line is broken, or it has no key.
        """
        self._file = file
        self._name = f"{SETTING}_FILE"
        self._told = ""
        _required(self._lines(read_text(self._name, file)))
        self._watched = Watched([file], self._read, otherwise=self._unreadable)

    def current(self) -> KeyLines:
        """Return what the file of now has."""
        return self._watched.current()

    def _read(self) -> KeyLines:
        # A byte beyond UTF-8 breaks its own line, and no other.
        text = read_text(self._name, self._file, errors="surrogateescape")
        found = self._lines(text, warn=True)
        if found.fault:
            opens = "its good lines count" if found.keys else "no key is let in"
            _log.error(f"the file of API keys is broken: {opens}", reason=found.fault)
        self._told = ""
        return found

    def _unreadable(self, error: ConfigurationError) -> KeyLines:
        """Return that there is no key. The log says it once, not at each call."""
        found = KeyLines(fault=str(error))
        if found.fault != self._told:
            _log.error("no file of API keys can be read: no key is let in", reason=found.fault)
        self._told = found.fault
        return found

    def _lines(self, text: str, *, warn: bool = False) -> KeyLines:
        """Return the keys in *text*, which may have comments."""
        lines = ("" if one.lstrip().startswith("#") else one for one in text.split("\n"))
        found = _parsed(lines, self._name, "line", warn=warn)
        if found.keys or found.fault:
            return found
        return KeyLines(fault=f"{self._name}: the file has no key; add a line, {_HOW}")


def _required(found: KeyLines) -> KeyLines:
    """Return *found*, which has no fault, or raise ConfigurationError."""
    if found.fault:
        raise ConfigurationError(found.fault)
    return found


def _parsed(lines: Iterable[str], source: str, unit: str, *, warn: bool = True) -> KeyLines:
    """Return the keys of *lines*, each of which is a *unit*. Empty ones count for the numbers."""
    keys: list[Key] = []
    broken: list[int] = []
    without_tenant: list[str] = []
    for number, line in enumerate(lines, 1):
        entry = line.strip()
        match = _LINE.fullmatch(entry)
        if match:
            name, digest, tenant = match.groups()
            if tenant is None:
                without_tenant.append(name)
            only = None if tenant == EVERY_TENANT else tenant or DEFAULT_TENANT
            keys.append(Key(name, bytes.fromhex(digest), Reach(only)))
        elif entry:
            broken.append(number)
    if warn and without_tenant:
        _log.warning(
            "keys without a tenant open the tenant default alone: write name:SHA-256:tenant",
            keys=without_tenant,
            setting=source,
        )
    return KeyLines(tuple(keys), _fault(broken, source, unit))


def _fault(broken: list[int], source: str, unit: str) -> str:
    """Return what is said of the lines with these numbers, nothing if there are none."""
    if not broken:
        return ""
    shown = [f"{unit} {number}" for number in broken[:_SHOWN]]
    if len(broken) > _SHOWN:
        shown.append(f"{len(broken) - _SHOWN} more")
    verb = "is" if len(broken) == 1 else "are"
    return f"{source}: {', '.join(shown)} {verb} not {_HOW}"
