"""What a worker starts with is loaded and open, and what is open is closed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Self

import pytest

from schemas import Event, IncomingTicket
from streams.assembly import Assembly
from streams.backends.embedded.classifier import EmbeddedClassifier
from streams.backends.embedded.knowledge import EmbeddedKnowledge
from streams.backends.openai.model import LanguageModel
from streams.definitions import policy_rules
from streams.errors import Unavailable
from streams.off_loop import THREAD_NAME
from streams.settings import Settings
from streams.text import embedding, language, patterns, pleasantries


class Away(EmbeddedKnowledge):
    """A knowledge base that cannot be opened."""

    async def __aenter__(self) -> Self:
        """Fail."""
        raise Unavailable("away")


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> list[LanguageModel]:
    """Return where models stand that were closed."""
    found: list[LanguageModel] = []
    close = LanguageModel.close

    async def noted(model: LanguageModel) -> None:
        await close(model)
        found.append(model)

    monkeypatch.setattr(LanguageModel, "close", noted)
    return found


async def test_a_model_is_closed_when_the_knowledge_base_cannot_be_opened(
    closed: list[LanguageModel],
) -> None:
    """
    A worker that tries again and again leaves no connections behind.
    """
    parts = Assembly(Settings(llm="openai", openai_model="test-model"), Away())
    with pytest.raises(Unavailable):
        async with parts:
            pass
    assert len(closed) == 1


async def test_a_model_stays_open_as_long_as_the_pipeline(closed: list[LanguageModel]) -> None:
    """
    It is closed when the block ends.
    """
    async with Assembly(Settings(llm="openai", openai_model="test-model"), EmbeddedKnowledge()):
        assert closed == []
    assert len(closed) == 1


async def test_models_are_loaded_elsewhere_before_the_first_ticket(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """
    No ticket, and not the event loop, waits for languages, vectors, polite forms or the
    taxonomy's examples.
    """
    threads: list[str] = []

    def noted(*_: object) -> None:
        threads.append(threading.current_thread().name)

    monkeypatch.setattr(language, "load_identifier", noted)
    monkeypatch.setattr(embedding, "load_embedding", noted)
    monkeypatch.setattr(EmbeddedClassifier, "learn", noted)
    monkeypatch.setattr(LanguageModel, "load_client", noted)
    monkeypatch.setattr(pleasantries, "load_forms", noted)

    async with Assembly(Settings(llm="openai", openai_model="test-model"), EmbeddedKnowledge()):
        assert [name.startswith(THREAD_NAME) for name in threads] == [True] * 5


async def test_the_policys_patterns_are_compiled_elsewhere_before_the_first_ticket(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """
    However many rules an operator has, the first draft waits for none of them.
    """
    threads: list[str] = []
    finder = patterns.finder

    def noted(pattern: str) -> Callable[[str], bool]:
        threads.append(threading.current_thread().name)
        return finder(pattern)

    parts = Assembly(Settings(), EmbeddedKnowledge())
    monkeypatch.setattr(policy_rules, "finder", noted)
    async with parts:
        assert len(threads) > 10
        assert all(name.startswith(THREAD_NAME) for name in threads)
        threads.clear()
        event: Event = IncomingTicket(ticket_id="1", raw_message="I was charged twice")
        for stage in parts.route.stages:
            event = await stage.does(event)
        assert threads == []
