"""
What the settings choose, put together: backends, what to do without them, and the route.

    async with Assembly(settings) as parts:
        parts.route
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self

from schemas import ProcessedTicket
from streams.backends.day_account import DayAccount
from streams.backends.embedded.classifier import EmbeddedClassifier
from streams.backends.embedded.knowledge import EmbeddedKnowledge
from streams.backends.embedded.writer import EmbeddedWriter
from streams.backends.fallback import FallbackClassifier, FallbackWriter
from streams.backends.guard import Guard
from streams.backends.passage_search import DirectSearch, GuardedSearch
from streams.backends.spending_limit import SpendingLimit
from streams.definitions.phrases import load_phrases
from streams.definitions.policy_rules import load_policy
from streams.definitions.prompt_files import load_prompt
from streams.definitions.taxonomy import Taxonomy, load_taxonomy
from streams.definitions.voice import load_voice
from streams.evidence.decoys import load_decoys
from streams.evidence.relevance import DEFAULT_FLOOR
from streams.evidence.verification.verifier import load_patterns
from streams.knowledge import selection
from streams.off_loop import off_loop
from streams.pipeline import route
from streams.ports import Classifier, PassageSearch, Writer
from streams.prompts import Prompt
from streams.settings import Settings
from streams.stage import Route
from streams.text import embedding, language, numbers, pleasantries

if TYPE_CHECKING:  # its client is slow to import, and only some need it
    from streams.backends.openai.admission import Admission
    from streams.backends.openai.model import LanguageModel


class Assembly:
    """The parts of a pipeline. What they hold open is closed when the block ends."""

    def __init__(self, settings: Settings, backend: selection.Backend | None = None) -> None:
        """
        Args:
            backend: the knowledge base; by default the one that the settings choose.

        Raises:
            ConfigurationError: Taxonomy, policy, voice or a prompt are not valid, or a setting is
                missing.
        """
        self._stack = AsyncExitStack()
        self.is_filled: Callable[[], bool] = lambda: True
        """Says whether a knowledge base that others share has all articles."""
        self.account: DayAccount | None = None
        """What the day's dollars are spent on, if they are limited and a model is called."""
        self.admission: Admission | None = None
        """Whether the model may point, if an exam decides that."""
        self.model: LanguageModel | None = None
        """The language model, if one is called."""
        self.guards: dict[str, Guard] = {}
        """The guards of the backends that may be away, by what each is."""
        kinds = load_taxonomy(settings.taxonomy_file)
        self.backend = selection.backend(settings) if backend is None else backend
        policy = load_policy(settings.policy_file)
        voice = load_voice(settings.voice_file)
        self._loads: list[Callable[[], None]] = [policy.load_finders, voice.collect_phrases]
        classifier, writer = self._models(settings, kinds)
        self.route: Route[ProcessedTicket] = route(
            classifier=classifier,
            taxonomy=kinds,
            phrases=load_phrases(),
            kb=self._search(settings),
            writer=writer,
            voice=voice,
            policy=policy,
            passages=settings.passages,
            floor=DEFAULT_FLOOR if settings.floor is None else settings.floor,
            on_outage=settings.on_outage,
            now=lambda: datetime.now(UTC),
        )

    async def __aenter__(self) -> Self:
        """Return it when models, patterns and clients are loaded: no ticket waits for that."""
        async with self._stack as stack:  # which closes the model if the knowledge base fails
            await off_loop(self._load_models)
            await stack.enter_async_context(self.backend)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    def statuses(self) -> Mapping[str, str]:
        """Return `healthy`, or what is wrong, for each backend that may be away."""
        statuses = {name: guard.status for name, guard in self.guards.items()}
        if self.account:
            statuses["budget"] = self.account.status
        if self.admission:
            statuses["pointing"] = self.admission.status
        return statuses

    def refusals(self) -> Mapping[str, str]:
        """Return the same, but with `healthy` for a backend that is away: that needs nobody."""
        return {name: guard.refused or "healthy" for name, guard in self.guards.items()}

    def _load_models(self) -> None:
        language.load_identifier()
        embedding.load_embedding()
        numbers.load_rules()
        pleasantries.load_forms()
        load_patterns()
        for load in self._loads:
            load()

    def _search(self, settings: Settings) -> PassageSearch:
        """Return what retrieval asks: what is in this process's memory cannot be away."""
        if isinstance(self.backend, EmbeddedKnowledge):
            return DirectSearch(self.backend)
        guarded = GuardedSearch(
            self.backend, seconds=settings.backend_seconds, is_filled=lambda: self.is_filled()
        )
        self.guards["knowledge"] = guarded.guard
        return guarded

    def _models(self, settings: Settings, kinds: Taxonomy) -> tuple[Classifier, Writer]:
        """Return what triages and drafts. A wrong prompt is told also while no model is asked."""
        prompts = {
            "triage": load_prompt("triage", settings.triage_prompt_file),
            "pointing": load_prompt("pointing", settings.pointing_prompt_file),
            "drafting": load_prompt("drafting", settings.drafting_prompt_file),
        }
        classifier, writer = EmbeddedClassifier(kinds), EmbeddedWriter()
        self._loads.append(classifier.learn)
        if settings.llm == "embedded":
            return classifier, writer
        # Only here: without a language model, nobody needs to wait for its client's import.
        from streams.backends.openai.classifier import OpenAIClassifier
        from streams.backends.openai.model import LanguageModel as Model

        if settings.daily_dollars is not None:
            self.account = DayAccount(settings.daily_dollars)
        model = Model(settings, SpendingLimit(self.account, settings.ticket_dollars))
        self.model = model
        self._loads.append(model.load_client)
        self._stack.push_async_callback(model.close)
        self.guards["llm"] = model.guard
        asking = OpenAIClassifier(model, kinds, classifier, prompts["triage"])
        return (
            FallbackClassifier(asking, classifier, settings.on_outage),
            self._drafting(settings, model, writer, prompts),
        )

    def _drafting(
        self,
        settings: Settings,
        model: LanguageModel,
        embedded: Writer,
        prompts: Mapping[str, Prompt],
    ) -> Writer:
        """Return what drafts beside a language model, in the way that the settings choose."""
        if settings.drafts == "embedded":
            return embedded
        from streams.backends.openai.writer import OpenAIWriter

        self._loads.append(load_decoys)
        writing = OpenAIWriter(
            model,
            embedded,
            pointing=prompts["pointing"],
            drafting=prompts["drafting"],
            way=settings.drafts,
        )
        if settings.drafts == "auto":
            self.admission = writing.admission
            self._stack.push_async_callback(writing.admission.close)
        return FallbackWriter(writing, embedded, settings.on_outage)
