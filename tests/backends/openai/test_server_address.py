"""Where calls go, and where the key stands in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from streams.backends.openai.model import LanguageModel
from streams.backends.openai.server_address import ServerAddress
from streams.errors import ConfigurationError
from tests.backends.openai.asking import asked
from tests.support.llm import LlmServer

DEPLOYMENT = "https://me.openai.azure.com/openai/deployments/d"
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.c2ln"  # of nobody


def azure(llm: LlmServer) -> str:
    """Return the server's address in Azure's classic form."""
    return llm.url.replace("/v1", "/openai/deployments/my-gpt?api-version=2024-10-21")


async def test_a_classic_address_of_azure(
    llm: LlmServer, make: Callable[..., LanguageModel]
) -> None:
    """
    Its query is kept in each call, and the key goes as `api-key` and nowhere else.
    """
    model = make(openai_base_url=azure(llm))
    await model.ping()
    await asked(model)
    await asked(model)

    for call in llm.calls:
        assert call.path == "/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21"
        assert call.headers["api-key"] == "sk-test"
        assert "authorization" not in call.headers
    assert len(llm.calls) == 2


async def test_a_token_of_entra(
    llm: LlmServer, make: Callable[..., LanguageModel], tmp_path: Path
) -> None:
    """
    It goes as a bearer token, also to Azure; the file may hold one after the other.
    """
    file = tmp_path / "token"
    file.write_text(TOKEN)
    model = make(openai_base_url=azure(llm), openai_api_key_file=file)
    await asked(model)
    file.write_text("a-key")
    await asked(model)

    by_token, by_key = (call.headers for call in llm.calls)
    assert (by_token["authorization"], by_token.get("api-key")) == (f"Bearer {TOKEN}", None)
    assert (by_key.get("authorization"), by_key["api-key"]) == (None, "a-key")


async def test_any_other_server(llm: LlmServer, make: Callable[..., LanguageModel]) -> None:
    """
    It gets the key as a bearer token, and no query; an address with the path of calls is the same.
    """
    for url in (llm.url, f"{llm.url}/", f"{llm.url}/chat/completions"):
        await asked(make(openai_base_url=url))

        assert llm.calls[-1].path == "/v1/chat/completions"
        assert llm.calls[-1].headers["authorization"] == "Bearer sk-test"
        assert "api-key" not in llm.calls[-1].headers


@pytest.mark.parametrize(
    ("given", "url", "query", "takes_api_key"),
    [
        (f"{DEPLOYMENT}?api-version=2024-10-21", DEPLOYMENT, {"api-version": "2024-10-21"}, True),
        (
            f"{DEPLOYMENT}/chat/completions?api-version=2025-01-01-preview",
            DEPLOYMENT,
            {"api-version": "2025-01-01-preview"},
            True,
        ),
        (
            "https://me.openai.azure.com/openai/v1/",
            "https://me.openai.azure.com/openai/v1",
            {},
            True,
        ),
        ("https://me.services.ai.azure.com/openai/v1", None, {}, True),
        ("https://me.openai.azure.us/openai/v1", None, {}, True),
        ("https://api.me.example/openai/deployments/d", None, {}, True),
        ("https://api.openai.com/v1", None, {}, False),
        ("https://openai.azure.com.example/v1", None, {}, False),
        ("http://user:pw@[::1]:8000/v1", None, {}, False),
    ],
)
def test_what_is_in_an_address(
    given: str, url: str | None, query: dict[str, str], takes_api_key: bool
) -> None:
    """
    Azure is known by its host or by the form of its addresses, also behind a gateway.
    """
    address = ServerAddress(given)

    assert (address.url, address.query) == (url or given, query)
    assert address.takes_api_key == takes_api_key


@pytest.mark.parametrize("path", ["", "/", "/openai/deployments/d", "/v1", "/openai", "/models"])
@pytest.mark.parametrize("host", ["me.openai.azure.com", "me.cognitiveservices.azure.com"])
def test_an_address_of_azure_that_cannot_work(host: str, path: str) -> None:
    """
    Azure answers nothing without a version: both addresses that work are shown.
    """
    with pytest.raises(ConfigurationError, match=r"lacks \?api-version") as error:
        ServerAddress(f"https://{host}{path}")

    for way in ("/openai/v1", "/openai/deployments/DEPLOYMENT?api-version="):
        assert f"https://{host}{way}" in error.value.mend


async def test_a_key_is_not_taken_along_to_another_host() -> None:
    """
    A redirect that leaves Azure's host gets none.
    """
    address = ServerAddress(f"{DEPLOYMENT}?api-version=2024-10-21")
    request = httpx2.Request("POST", "https://elsewhere.example/", headers={"api-key": "k"})
    await address.place_key(request)

    assert "api-key" not in request.headers
