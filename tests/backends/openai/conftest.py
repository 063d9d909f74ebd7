"""A server for a language model, and clients of it."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from pydantic import SecretStr

from streams.backends import guard
from streams.backends.openai.model import LanguageModel
from streams.settings import Settings
from streams.text.placeholders import Placeholders
from tests.support.llm import LlmServer


@pytest.fixture
async def llm(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LlmServer]:
    """Return a running language model's server; between tries nobody waits long."""
    monkeypatch.setattr(guard, "FIRST_WAIT", 0.01)
    async with LlmServer() as server:
        yield server


@pytest.fixture
def hiding_threads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return where the name of each thread stands in which placeholders are prepared or put in."""
    found: list[str] = []
    hide, prepare = Placeholders.hide, Placeholders.__init__

    def noted_first(self: Placeholders, *known: str | None, **others: Any) -> None:
        found.append(threading.current_thread().name)
        prepare(self, *known, **others)

    def noted(self: Placeholders, text: str, *, longest: int, own: bool = True) -> str:
        found.append(threading.current_thread().name)
        return hide(self, text, longest=longest, own=own)

    monkeypatch.setattr(Placeholders, "hide", noted)
    monkeypatch.setattr(Placeholders, "__init__", noted_first)
    return found


@pytest.fixture
async def make(llm: LlmServer) -> AsyncIterator[Callable[..., LanguageModel]]:
    """Return what makes a client of the server; arguments are settings."""
    made: list[LanguageModel] = []

    def model(**settings: Any) -> LanguageModel:
        chosen = {
            "openai_base_url": llm.url,
            "openai_model": "test-model",
            "openai_api_key": SecretStr("sk-test"),
            "llm_call_seconds": 5.0,
            **settings,
        }
        made.append(LanguageModel(Settings(**chosen)))
        return made[-1]

    yield model
    for each in made:
        await each.close()
