"""
What the settings choose, put together: backends, what to do without them, and the route.

    async with Assembly(settings) as parts:
        parts.route
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from schemas import ProcessedTicket
from streams import policy, taxonomy
from streams.backends.embedded_knowledge import EmbeddedKnowledge
from streams.backends.embedded_triage import EmbeddedClassifier
from streams.backends.embedded_writer import EmbeddedWriter
from streams.fallback import FallbackClassifier, FallbackWriter
from streams.guard import Guard
from streams.pipeline import route
from streams.ports import Classifier, KnowledgeBase, Writer
from streams.relevance import DEFAULT_FLOOR
from streams.settings import Settings
from streams.stage import Route
from streams.taxonomy import Taxonomy


class Assembly:
    """The parts of a pipeline. What they hold open is closed when the block ends."""

    def __init__(self, settings: Settings, kb: KnowledgeBase | None = None) -> None:
        """
        Args:
            kb: the knowledge base; by default the one that the settings choose.

        Raises:
            ConfigurationError: Taxonomy or policy are not valid, or a setting is missing.
        """
        self._stack = AsyncExitStack()
        self.guards: dict[str, Guard] = {}
        """Of the backends that may be away, by what they are."""
        kinds = taxonomy.load(settings.taxonomy_file)
        self.kb = EmbeddedKnowledge() if kb is None else kb
        classifier, writer = self._models(settings, kinds)
        self.route: Route[ProcessedTicket] = route(
            classifier=classifier,
            taxonomy=kinds,
            kb=self.kb,
            writer=writer,
            policy=policy.load(settings.policy_file),
            passages=settings.passages,
            floor=DEFAULT_FLOOR if settings.floor is None else settings.floor,
            on_outage=settings.on_outage,
            now=lambda: datetime.now(UTC),
        )

    async def __aenter__(self) -> Self:
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
        return {name: guard.status for name, guard in self.guards.items()}

    def refusals(self) -> Mapping[str, str]:
        """Return the same, but with `healthy` for a backend that is away: that needs nobody."""
        return {name: guard.refused or "healthy" for name, guard in self.guards.items()}

    def _models(self, settings: Settings, kinds: Taxonomy) -> tuple[Classifier, Writer]:
        """Return what triages and drafts."""
        classifier, writer = EmbeddedClassifier(kinds), EmbeddedWriter()
        if settings.llm == "embedded":
            return classifier, writer
        # Only here: without a language model, nobody needs to wait for its client's import.
        from streams.backends.openai_model import LanguageModel
        from streams.backends.openai_triage import OpenAIClassifier
        from streams.backends.openai_writer import OpenAIWriter

        model = LanguageModel(settings)
        self._stack.push_async_callback(model.close)
        self.guards["llm"] = model.guard
        return (
            FallbackClassifier(
                OpenAIClassifier(model, kinds, classifier), classifier, settings.on_outage
            ),
            FallbackWriter(OpenAIWriter(model, writer), writer, settings.on_outage),
        )
