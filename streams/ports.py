"""
What the stages need, in their words. `backends/` has one module for each product that gives it.

Every backend turns its product's exceptions into those of `errors.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from schemas import Article, GroundedTicket, IncomingTicket, Passage, Reading
from schemas.meta import Finding, StageReport

OnOutage = Literal["degrade", "hold"]
"""Whether a stage goes on without a backend that is away and says so, or waits."""


@dataclass(frozen=True)
class Classification:
    """What a classifier makes of a ticket. Team and SLA hours follow from the taxonomy."""

    category: str
    subcategory: str
    priority: str
    sentiment: str
    confidence: float
    queries: tuple[str, ...] = ()
    report: StageReport | None = None
    """What it took, where that was more than a backend of our own."""
    degraded: bool = False
    """Whether the embedded backend stood in for another one."""


class Classifier(Protocol):
    """Says what a ticket is about and how urgent it is, in the taxonomy's words."""

    name: str
    """The backend, as `meta` and metrics show it."""

    async def classify(self, ticket: IncomingTicket, reading: Reading) -> Classification:
        """
        Return what *ticket* is about; every value is one of the taxonomy's.

        Raises:
            Unavailable: The backend cannot be reached, or refuses for now.

            BadAnswer: The backend's answer does not fit the taxonomy.
        """


@dataclass(frozen=True)
class Scope:
    """Which articles may be evidence, decided before anything is ranked."""

    tenant: str
    now: datetime
    audience: str = "public"


PassagesByQuery = Sequence[tuple[Passage, ...]]
"""Passages for each of several queries, best first."""


class PassageSearch(Protocol):
    """Finds passages for all queries of a ticket at once."""

    name: str
    """The knowledge base, as `meta` shows it."""

    async def search_all(
        self, queries: Sequence[str], *, limit: int, scope: Scope
    ) -> PassagesByQuery:
        """
        Return at most *limit* passages within *scope* for each of *queries*.

        Raises:
            Unavailable: The knowledge base cannot be reached, or is not loaded yet.
        """


class KnowledgeBase(Protocol):
    """Finds passages of articles by words and by meaning."""

    name: str

    async def search(self, query: str, *, limit: int, scope: Scope) -> tuple[Passage, ...]:
        """
        Return at most *limit* passages within *scope*, best first.

        Raises:
            Unavailable: The knowledge base cannot be reached, or is not loaded yet.
        """

    async def put(self, articles: Sequence[Article]) -> int:
        """
        Index *articles*, replacing those of the same tenant and id.

        Returns how many were not there in exactly this form; unchanged ones cost nothing.
        """

    async def remove(self, doc_ids: Sequence[str]) -> int:
        """Remove the articles with these ids. Returns how many there were."""

    async def ping(self) -> None:
        """Return if a search would be answered now, or raise Unavailable."""


class SharedKnowledge(KnowledgeBase, Protocol):
    """A knowledge base that keeps what it was given, for all processes that search it."""

    async def edition(self) -> str:
        """
        Return what names its present filling; prepare it first if it was never filled.

        Another edition than before means that nothing is left of what was put.

        Raises:
            Unavailable: It cannot be reached.
        """

    async def tenants(self, doc_ids: Sequence[str]) -> Mapping[str, set[str]]:
        """Return the tenants that have an article, by id, of those of *doc_ids* that exist."""


class LineRef(NamedTuple):
    """A line's name: its article's id, and its number in the article."""

    doc_id: str
    n: int


@dataclass(frozen=True)
class Choice:
    """Lines that were chosen to answer a question; none if nothing does."""

    question: str
    lines: tuple[LineRef, ...]


@dataclass(frozen=True)
class Draft:
    """What a backend answers with; the stage makes the answer's text of it."""

    choices: tuple[Choice, ...] = ()
    """One for each question, in order. A line that needs others does not name them."""
    prose: str | None = None
    """A body in a model's own words with `[DOC-ID]` marks; of the choices then only those
    without a line count, as what is left open."""
    tone: str = "empathetic_professional"
    findings: tuple[Finding, ...] = ()
    report: StageReport | None = None
    """What it took, where that was more than a backend of our own."""
    degraded: bool = False
    """Whether the embedded backend stood in for another one."""


class Writer(Protocol):
    """Answers a ticket by lines of its passages, and by nothing else."""

    name: str

    async def write(self, ticket: GroundedTicket) -> Draft:
        """
        Return which lines answer which question, or a body that cites passages.

        Of a message that asks nothing, and where nothing answers, it chooses no line.

        Raises:
            Unavailable: The backend cannot be reached, or refuses for now.

            BadAnswer: The backend's answer does not fit.
        """
