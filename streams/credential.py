"""
Secrets of the settings: a password, a key. Each is a setting, or a file that another one names.

    TICKETSTREAM_KAFKA_PASSWORD         the secret itself
    TICKETSTREAM_KAFKA_PASSWORD_FILE    a file with it, preferred, and read again when it changes

No message and no log has the secret.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pydantic import SecretStr

from streams.errors import ConfigurationError
from streams.settings import PREFIX, Settings
from streams.watched_files import Watched, read_text

Checked = Callable[[str, str], str]
"""Returns a secret as it is used, or raises ConfigurationError. It gets the setting's name, too."""


def one_line(secret: str, setting: str) -> str:
    """Return *secret* without the end of its line. Blanks are part of it."""
    secret = secret.removesuffix("\n").removesuffix("\r")
    if not secret.isprintable():
        raise ConfigurationError(f"{setting}: a secret is one line of printable characters")
    return secret


def without_blanks(secret: str, setting: str) -> str:
    """Return *secret*, which goes into a header, without blanks around it."""
    secret = secret.strip()
    if not secret.isascii() or not secret.isprintable() or " " in secret:
        raise ConfigurationError(f"{setting}: a key has neither blanks nor letters beyond ASCII")
    return secret


class Credential:
    """The secret `<field>`, or what is in the file `<field>_file`. Any thread may ask for it."""

    def __init__(self, settings: Settings, field: str, checked: Checked = one_line) -> None:
        """
        Read it for the first time.

        Args:
            field: the setting that has the secret; a setting `<field>_file` is there, too.

        Raises:
            ConfigurationError: The file cannot be read or is empty, or *checked* refuses it.
        """
        self.setting = PREFIX + field.upper()
        self._checked = checked
        given: SecretStr | None = getattr(settings, field)
        file: Path | None = getattr(settings, f"{field}_file")
        self.file = file
        """What it is read from, if there is one."""
        self._watched = Watched([file], lambda: self._read(file)) if file else None
        self._given = (
            "" if file or given is None else checked(given.get_secret_value(), self.setting)
        )

    @property
    def name(self) -> str:
        """The setting that gives the secret, for messages."""
        return f"{self.setting}_FILE" if self.file else self.setting

    def current(self) -> str:
        """Return the secret of now; empty if there is none."""
        return self._watched.current() if self._watched else self._given

    def _read(self, file: Path) -> str:
        name = f"{self.setting}_FILE"
        secret = self._checked(read_text(name, file), name)
        if not secret:
            raise ConfigurationError(f"{name}: the file {file} is empty")
        return secret
