"""
A known draft as the drafted ticket that the stages before policy would have made of it.

The product reads and triages the ticket itself, and the citations are made as for any draft. What
a case does not have is what the embedded backends say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from schemas import (
    AnswerDraft,
    CitationOutput,
    DraftedTicket,
    IncomingTicket,
    Passage,
    Reading,
    TriagedTicket,
)
from streams.backends.embedded.classifier import EmbeddedClassifier
from streams.cli.evaluate.draft_case import DraftCase, GivenPassage, GivenTriage
from streams.definitions.phrases import load_phrases
from streams.definitions.taxonomy import Taxonomy
from streams.evidence import relevance
from streams.ports import Classification
from streams.text.citations import cited
from streams.text.embedding import embed
from streams.triage import triage


class CaseDrafting:
    """Makes drafted tickets of cases, all triaged by one taxonomy."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy
        self._phrases = load_phrases()
        self._classifier = EmbeddedClassifier(taxonomy)

    async def drafted(self, case: DraftCase) -> DraftedTicket:
        """Return the drafted ticket of *case*."""
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
