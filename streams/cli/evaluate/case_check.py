"""
The verdict of the policy stage on a given draft.

The product reads and triages the ticket itself, the citations are made as for any draft, and the
policy stage is the route's own. What a case does not have is what the embedded backends say.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

import numpy as np

from schemas import (
    AnswerDraft,
    CitationOutput,
    DraftedTicket,
    IncomingTicket,
    Passage,
    ProcessedTicket,
    Reading,
    TriagedTicket,
)
from streams.assembly import Assembly
from streams.backends.embedded.classifier import EmbeddedClassifier
from streams.backends.embedded.knowledge import EmbeddedKnowledge
from streams.cli.evaluate.draft_case import DraftCase, GivenPassage, GivenTriage
from streams.definitions.phrases import load_phrases
from streams.definitions.taxonomy import Taxonomy, load_taxonomy
from streams.evidence import relevance
from streams.ports import Classification
from streams.settings import Settings
from streams.text.citations import cited
from streams.text.embedding import embed
from streams.triage import triage


@dataclass(frozen=True)
class CaseVerdict:
    """What became of a case, why, and whether that is right; None if the case does not say."""

    case: DraftCase
    verdict: str
    reasons: tuple[str, ...]
    is_right: bool | None


class CaseCheck:
    """Judges drafts by the operator's policy and taxonomy, in an `async with` block."""

    def __init__(self, settings: Settings) -> None:
        """
        Raises:
            ConfigurationError: Taxonomy or policy are not valid.
        """
        own = settings.model_copy(update={"llm": "embedded", "knowledge": "embedded"})
        self._assembly = Assembly(own, EmbeddedKnowledge())
        self._taxonomy = load_taxonomy(settings.taxonomy_file)
        self._phrases = load_phrases()
        self._classifier = EmbeddedClassifier(self._taxonomy)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Return it when models and patterns are loaded."""
        await self._stack.enter_async_context(self._assembly)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def verdict(self, case: DraftCase) -> CaseVerdict:
        """Return what the policy stage says of *case*."""
        drafted = await self._drafted(case)
        made: ProcessedTicket = await self._assembly.route.stages[-1].does(drafted)
        reasons = made.policy_check.issues or ()
        verdict = made.policy_check.compliance
        return CaseVerdict(case, verdict, reasons, case.is_met_by(verdict))

    async def _drafted(self, case: DraftCase) -> DraftedTicket:
        triaged = await triage(
            case.ticket,
            classifier=_Classifier(self._classifier, self._taxonomy, case.model_triage),
            taxonomy=self._taxonomy,
            phrases=self._phrases,
        )
        passages = _passages(case.passages, triaged)
        answer = AnswerDraft(**case.answer.model_dump(exclude={"unanswered"}))
        return DraftedTicket.grown(
            triaged,
            passages=passages,
            answer_draft=answer,
            citations=_citations(answer, passages),
            unanswered=case.answer.unanswered,
        )


class _Classifier:
    """Says of a ticket what *given* says, and what the embedded classifier says of the rest."""

    name = "given"

    def __init__(
        self, embedded: EmbeddedClassifier, taxonomy: Taxonomy, given: GivenTriage | None
    ) -> None:
        self._embedded, self._given = embedded, given
        self._kinds = {
            f"{category.name} > {leaf.name}": (category.name, leaf.name)
            for category in taxonomy.categories
            for leaf in category.subcategories
        }

    async def classify(self, ticket: IncomingTicket, reading: Reading) -> Classification:
        """Return what *ticket* is about."""
        found, given = await self._embedded.classify(ticket, reading), self._given
        if given is None:
            return found
        category, subcategory = self._kinds.get(
            given.kind_of_problem or "", (found.category, found.subcategory)
        )
        return replace(
            found,
            category=category,
            subcategory=subcategory,
            queries=given.queries or found.queries,
            priority=given.priority or found.priority,
            sentiment=given.sentiment or found.sentiment,
            confidence=_SURE if given.confidence is None else given.confidence,
        )


_SURE = 1.0
"""Confidence of a model's triage that does not say how sure it was."""


def _citations(answer: AnswerDraft, found: Sequence[Passage]) -> tuple[CitationOutput, ...]:
    """Return one citation for each document that the body cites and that was found: its best."""
    best: dict[str, Passage] = {}
    for passage in sorted(found, key=lambda p: -p.score):
        best.setdefault(passage.doc_id, passage)
    fields = tuple(CitationOutput.model_fields)
    cites = [best[doc_id] for doc_id in cited(answer.body) if doc_id in best]
    return tuple(CitationOutput(**{name: getattr(p, name) for name in fields}) for p in cites)


def _passages(given: Sequence[GivenPassage], ticket: TriagedTicket) -> tuple[Passage, ...]:
    """Return *given* with ids and scores, those that lack made as indexing and retrieval do."""
    scored = _scores(given, (ticket.reading.text, *ticket.reading.queries))
    return tuple(
        Passage(
            **{
                **passage.model_dump(),
                "chunk_id": passage.chunk_id or f"{passage.doc_id}-c-{number}",
                "score": score if passage.score is None else passage.score,
            }
        )
        for number, (passage, score) in enumerate(zip(given, scored, strict=True), start=1)
    )


def _scores(given: Sequence[GivenPassage], questions: Sequence[str]) -> list[float]:
    """Return the best score of each passage for any of *questions*."""
    if not given:
        return []
    compared = [relevance.comparable(p.title, p.text) for p in given]
    vectors = embed([relevance.whole(p.title, p.text) for p in given])
    found = [relevance.scores(relevance.question(q), compared, vectors) for q in questions]
    best: list[float] = np.max(found, axis=0).tolist()
    return best
