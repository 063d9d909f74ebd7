"""The API key: a setting, or a file that is read again whenever it has changed."""

from __future__ import annotations

from pathlib import Path

import structlog

from streams.errors import ConfigurationError
from streams.settings import Settings

log = structlog.get_logger()


class ApiKey:
    """The API key: a setting, or a file that is read again whenever it has changed."""

    def __init__(self, settings: Settings) -> None:
        self._file = settings.openai_api_key_file
        self._read_at: int | None = None
        self._key = ""
        if self._file:
            self._reread(self._file)
        else:
            self._key = _checked(
                settings.openai_api_key.get_secret_value(), "TICKETSTREAM_OPENAI_API_KEY"
            )

    async def current(self) -> str:
        """Return the key of now; a placeholder if there is none, which local servers take."""
        if self._file:
            try:
                self._reread(self._file)
            except ConfigurationError as error:
                log.warning("the last key stays in use", reason=str(error))
        return self._key or "none"

    def _reread(self, file: Path) -> None:
        name = "TICKETSTREAM_OPENAI_API_KEY_FILE"
        try:
            changed = file.stat().st_mtime_ns
            if changed == self._read_at:
                return
            text = file.read_text(encoding="utf-8-sig")
        except (OSError, ValueError):
            raise ConfigurationError(f"{name}: the file cannot be read") from None
        self._key, self._read_at = _checked(text, name), changed


def _checked(key: str, name: str) -> str:
    """Return *key* without blanks around it, or raise ConfigurationError: it can be none."""
    key = key.strip()
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigurationError(f"{name}: a key has neither blanks nor letters beyond ASCII")
    return key
