"""The API key: a setting, or a file that is read again whenever it has changed."""

from __future__ import annotations

from streams.credential import Credential, without_blanks
from streams.settings import Settings


class ApiKey:
    """The API key: a setting, or a file that is read again whenever it has changed."""

    def __init__(self, settings: Settings) -> None:
        """Raises ConfigurationError if the key can be none, or its file cannot be read."""
        self._key = Credential(settings, "openai_api_key", without_blanks)

    async def current(self) -> str:
        """Return the key of now; a placeholder if there is none, which local servers take."""
        return self._key.current() or "none"
