"""The client of a server: OpenAI's, with our certificates, our way to give the key, our limits."""

from __future__ import annotations

from typing import Any

from openai import AsyncOpenAI, DefaultAsyncHttpxClient

from streams.backends.openai.api_key import ApiKey
from streams.backends.openai.charge import watch_request, watch_response
from streams.backends.openai.server_address import NO_ADDRESS, ServerAddress
from streams.errors import ConfigurationError
from streams.settings import PREFIX, Settings
from streams.tls_files import reloaded_trust


def api_client(settings: Settings, address: ServerAddress) -> AsyncOpenAI:
    """
    Return a client of the server at *address*.

    Raises:
        ConfigurationError: The address is none, or a file of key or authority cannot be used.
    """
    key, verified = ApiKey(settings), _verified(settings)
    hooks: dict[str, Any] = {
        "request": [watch_request, address.place_key],
        "response": [watch_response],
    }
    try:
        return AsyncOpenAI(
            api_key=key.current,
            base_url=address.url,
            default_query=address.query,
            timeout=settings.llm_call_seconds,
            max_retries=0,  # the guard's task, so that each try is charged
            default_headers={"Accept-Encoding": "identity"},
            http_client=DefaultAsyncHttpxClient(event_hooks=hooks, **verified),
        )
    except Exception:  # the HTTP library's own, which name no setting
        raise ConfigurationError(NO_ADDRESS) from None


def _verified(settings: Settings) -> dict[str, Any]:
    """Return how the client verifies the server's certificate."""
    file = settings.openai_ca_file
    return {"verify": reloaded_trust(f"{PREFIX}OPENAI_CA_FILE", file)} if file else {}
