"""
Where a model's server is, and how it takes the key.

    most servers    https://HOST/v1                       Authorization: Bearer KEY
    Azure, v1       https://NAME.openai.azure.com/openai/v1                  api-key: KEY
    Azure, classic  https://NAME.openai.azure.com/openai/deployments/DEPLOYMENT
                    ?api-version=2024-10-21                                  api-key: KEY

A token of Microsoft Entra goes to Azure as `Authorization: Bearer`, too. A path that ends with
`/chat/completions`, as providers show it, is the same address.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from streams.errors import ConfigurationError

NO_ADDRESS = "TICKETSTREAM_OPENAI_BASE_URL is no address: it looks like https://host/v1"
_AZURE = re.compile(
    r"\.(?:openai\.azure|cognitiveservices\.azure|services\.ai\.azure)\.(?:com|us|cn)$", re.I
)
_CLASSIC = "/openai/deployments/"
_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")
"""A JSON Web Token, which no API key looks like."""
_END = re.compile(r"(?:/chat/completions)?/*$")


class ServerAddress:
    """The address of a server, taken apart."""

    def __init__(self, given: str) -> None:
        """
        Take *given* apart, which has the form of an address.

        Raises:
            ConfigurationError: It is none, or one of Azure's that cannot work so.
        """
        try:
            parts = urlsplit(given)
        except ValueError:
            raise ConfigurationError(NO_ADDRESS) from None
        path = _END.sub("", parts.path)
        self.url = urlunsplit((parts.scheme, parts.netloc, path, "", ""))
        self.query: dict[str, object] = dict(parse_qsl(parts.query))
        """What is added to the address of each call."""
        self._host = (parts.hostname or "").lower()
        is_azure = bool(_AZURE.search(self._host))
        self.takes_api_key = is_azure or _CLASSIC in path or "api-version" in self.query
        """Whether a key goes in the header `api-key`."""
        if is_azure and not self.query and not path.startswith("/openai/v1"):
            raise ConfigurationError(
                "TICKETSTREAM_OPENAI_BASE_URL looks like Azure's, but lacks ?api-version",
                mend=f"set it to https://{self._host}/openai/v1, or to"
                f" https://{self._host}/openai/deployments/DEPLOYMENT?api-version=2024-10-21",
            )

    async def place_key(self, request: Any) -> None:
        """Put the key of *request* where the server looks for it. A hook of the client."""
        if not self.takes_api_key:
            return
        if request.url.host.lower() != self._host:  # a redirect: the key is none of its business
            request.headers.pop("api-key", None)
            return
        key = request.headers.get("authorization", "").removeprefix("Bearer ")
        if key and not _TOKEN.fullmatch(key):
            del request.headers["authorization"]
            request.headers["api-key"] = key
