"""What a worker starts with is loaded and open, and what is open is closed."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import pytest

from schemas import Article, Event, IncomingTicket
from streams.assembly import Assembly
from streams.backends.embedded.classifier import EmbeddedClassifier
from streams.backends.embedded.knowledge import EmbeddedKnowledge
from streams.backends.openai.model import LanguageModel
from streams.definitions import policy_rules
from streams.definitions.yaml_files import shipped
from streams.errors import ConfigurationError, Unavailable
from streams.off_loop import THREAD_NAME
from streams.settings import Settings
from streams.text import embedding, language, patterns, pleasantries
from tests.support.llm import LlmServer, Say


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

    def noted(pattern: str) -> patterns.Finder:
        threads.append(threading.current_thread().name)
        return patterns.finder(pattern)

    shipped.cache_clear()  # else the rules are those that a test before this one has compiled
    parts = Assembly(Settings(), EmbeddedKnowledge())
    monkeypatch.setattr(policy_rules, "_finder", noted)
    async with parts:
        assert len(threads) > 10
        assert all(name.startswith(THREAD_NAME) for name in threads)
        threads.clear()
        event: Event = IncomingTicket(ticket_id="1", raw_message="I was charged twice")
        for stage in parts.route.stages:
            event = await stage.does(event)
        assert threads == []


@pytest.mark.parametrize(("way", "prompt"), [("pointed", "pointing"), ("written", "drafting")])
async def test_a_prompt_of_the_operator(way: str, prompt: str, tmp_path: Path) -> None:
    """
    The model is told what the operator's files say, with the taxonomy in its places; the result
    names their versions.
    """
    triage, drafting = tmp_path / "triage.md", tmp_path / "drafting.md"
    triage.write_text("version: ours-1\n\nOne of\n$kinds\n$priorities\n${fallback}, for $$5.\n")
    drafting.write_text("version: ours-2\n\nDraft it for $$5.\n")
    base = EmbeddedKnowledge()
    await base.put([Article(doc_id="KB-1", title="Returns", body="A return takes 5 days.")])
    async with LlmServer() as llm:
        given = {
            "llm": "openai",
            "openai_base_url": llm.url,
            "openai_model": "test-model",
            "triage_prompt_file": triage,
            "floor": 0,
            "drafts": way,
            f"{prompt}_prompt_file": drafting,
        }
        chosen = Settings.model_validate(given)
        async with Assembly(chosen, base) as parts:
            event: Any = IncomingTicket(ticket_id="1", raw_message="How long does a return take?")
            for stage in parts.route.stages:
                event = await stage.run(event)
    told = [call.body["messages"][0]["content"] for call in llm.calls]

    assert {name: one.prompt for name, one in event.meta.stages.items() if one.prompt} == {
        "triage": "ours-1",
        "drafting": "ours-2",
    }
    assert told[0].startswith('One of\n  - "')
    assert told[0].endswith("\nOther > General Question, for $5.")
    assert told[1] == "Draft it for $5."


@pytest.mark.parametrize("llm", ["embedded", "openai"])
@pytest.mark.parametrize("stage", ["triage", "pointing", "drafting"])
def test_a_wrong_prompt_stops_the_start(stage: str, llm: str, tmp_path: Path) -> None:
    """
    Also where no model is asked yet.
    """
    (file := tmp_path / "mine.md").write_text("version: ours-1\n\nSay $this.\n")
    settings = Settings.model_validate(
        {"llm": llm, "openai_model": "test-model", f"{stage}_prompt_file": file}
    )

    with pytest.raises(ConfigurationError, match=r"mine\.md.*"):
        Assembly(settings, EmbeddedKnowledge())


async def examined(say: Say, **settings: Any) -> tuple[Mapping[str, str], int]:
    """Return what the parts say of backends after an exam, and how many calls it took."""
    async with LlmServer() as llm:
        llm.default = say
        chosen = Settings(
            llm="openai", openai_base_url=llm.url, openai_model="test-model", **settings
        )
        async with Assembly(chosen, EmbeddedKnowledge()) as parts:
            if parts.admission:
                assert parts.statuses()["pointing"] != "healthy"
                await parts.admission.hold()
            return parts.statuses(), len(llm.calls)


async def test_health_tells_how_the_model_points() -> None:
    """
    Until the exam is over, and if the model fails it, health says so; no process is unready for
    it. There is no exam where it decides nothing.
    """
    assert (await examined(Say.answer()))[0]["pointing"] == "healthy"
    told, _ = await examined(Say.points("all"))
    assert "failed the exam of pointing" in told["pointing"]
    for drafts in ("pointed", "written", "embedded"):
        told, calls = await examined(Say.answer(), drafts=drafts)
        assert "pointing" not in told
        assert calls == 0


async def test_a_model_that_triages_alone() -> None:
    """
    With `embedded` drafts a model is asked once a ticket.
    """
    base = EmbeddedKnowledge()
    await base.put([Article(doc_id="KB-1", title="Returns", body="A return takes 5 days.")])
    async with LlmServer() as llm:
        chosen = Settings(
            llm="openai",
            openai_base_url=llm.url,
            openai_model="test-model",
            drafts="embedded",
        )
        async with Assembly(chosen, base) as parts:
            event: Any = IncomingTicket(ticket_id="1", raw_message="How long does a return take?")
            for stage in parts.route.stages:
                event = await stage.run(event)
    assert [call.schema_name for call in llm.calls] == ["triage"]
    assert event.meta.stages["drafting"].backend == "embedded"
    assert event.meta.degraded == ()
