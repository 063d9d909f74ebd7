"""
How well the embedded knowledge base finds, and how well its score says that there is nothing.

    python -m bench.quality.retrieval [--data ../shared/data] [--fit | --knowledge weaviate]

In: public questions with known answers (docs_qa and stackfaq, below --data) and the sample
company. Out: a table of

* hit@1 and MRR@10 of finding, beside figures of a plain BM25 and a plain hybrid
* AUC of the score of the best of five passages: answerable questions against those from
  elsewhere (far) and against those whose own answer is taken away (near), and the shares
  of all three that get over the floor; each question as it is, and as its keywords alone,
  which is what a language model makes of it
* the sample's tickets, read and looked up as the stages do it: how many of the articles that
  answer them are among five passages over the floor, and how many unanswerable ones get
  false evidence
* microseconds of processor time for a search

--knowledge weaviate starts a real one and says, right after loading docs_qa and stackfaq into it
and again when it has flushed them, how it agrees with the embedded one: both MRR@10, and the
mean overlap of their best five passages.

--fit prints the constants of `streams/evidence/relevance.py` as these data give them. The sample is
never fitted to.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import random
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bench.quality.data import require
from bench.quality.separation import auc
from schemas import Article, IncomingTicket, Passage, TriagedTicket, TriageOutput
from streams.backends.embedded.knowledge import EmbeddedKnowledge
from streams.backends.passage_search import DirectSearch
from streams.definitions.phrases import load_phrases
from streams.evidence import relevance
from streams.knowledge import article_files
from streams.ports import KnowledgeBase, Scope
from streams.reading.message import read_message
from streams.retrieval import retrieve
from streams.text.embedding import embed
from streams.text.words import rarity
from tests.support.weaviate import RealWeaviate, connected

SAMPLE = Path(__file__).parents[2] / "deploy" / "sample"
FLOORS = {
    "docs_qa": "BM25 .740 / .826, hybrid .750 / .830",
    "stackfaq": "BM25 .769 / .829, hybrid .809 / .864",
}
NEAR_WEIGHT = 0.3
"""The weight of near misses in the fit: some of them are answered after all."""
COMMON = 7.2
"""Words no rarer than this are left out of keywords: the first 1,300 of the vocabulary."""
SCOPE = Scope("default", datetime.now(UTC))
FLUSH_SECONDS = 90
"""Seconds after which Weaviate has written loaded objects from memory to segments."""

TRIAGE = TriageOutput(
    category="-",
    subcategory="-",
    priority="P3",
    sla_hours=72,
    suggested_team="-",
    sentiment="neutral",
    confidence=0,
)
"""The triage of every ticket here. Retrieval does not look at it."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class JudgedQuestion:
    """A question, the names of what answers it (none if nothing does), and its ticket."""

    text: str
    gold: frozenset[str] = frozenset()
    ticket: TriagedTicket | None = None


@dataclass(frozen=True)
class Corpus:
    """A knowledge base, the name behind each doc_id, and questions with known answers."""

    kb: EmbeddedKnowledge
    names: dict[str, str]
    questions: list[JudgedQuestion]
    articles: list[Article]

    async def search(self, text: str, limit: int) -> tuple[Passage, ...]:
        """Return what is found for *text*."""
        return await self.kb.search(text, limit=limit, scope=SCOPE)

    def rank(self, asked: JudgedQuestion, found: Sequence[Passage]) -> int:
        """Return the place, from 1, of the first right name of ten in *found*; 0 if not there."""
        names = list(dict.fromkeys(self.names[p.doc_id] for p in found))[:10]
        return next((n for n, name in enumerate(names, 1) if name in asked.gold), 0)

    def right(self, asked: JudgedQuestion, passage: Passage) -> bool:
        """Say whether *passage* answers *asked*."""
        return self.names[passage.doc_id] in asked.gold


async def corpus(rows: Sequence[tuple[str, str, str]], questions: list[JudgedQuestion]) -> Corpus:
    """Return a corpus of *rows* of (name, title, text)."""
    found = [
        Article(doc_id=f"D-{n}", title=title or "-", url="", body=text or "-")
        for n, (_, title, text) in enumerate(rows)
    ]
    kb = EmbeddedKnowledge()
    await kb.put(found)
    names = {f"D-{n}": name for n, (name, _, _) in enumerate(rows)}
    return Corpus(kb, names, questions, found)


async def docs_qa(data: Path) -> Corpus:
    """Return the documentation of a product, 232 sections with 100 questions."""
    rows = json.loads((data / "docs_qa/chunks.json").read_text())
    asked = json.loads((data / "docs_qa/questions.json").read_text())
    return await corpus(
        [(r["chunk_link"], r["chunk_heading"], r["text"]) for r in rows],
        [JudgedQuestion(q["question"], frozenset(q["correct_chunks"])) for q in asked],
    )


async def stackfaq(data: Path) -> Corpus:
    """Return 125 FAQs with 719 answers and 1,249 questions."""
    rows = json_lines(data / "stackfaq/answers.jsonl")
    asked = json_lines(data / "stackfaq/queries.jsonl")
    return await corpus(
        [(r["faq"], r["title"], r["text"]) for r in rows],
        [JudgedQuestion(q["text"], frozenset(q["gold"])) for q in asked],
    )


async def larkspur() -> Corpus:
    """Return the sample's knowledge base and its tickets."""
    found = [a for a in article_files.articles_in(SAMPLE / "kb") if isinstance(a, Article)]
    kb = EmbeddedKnowledge()
    await kb.put(found)
    tickets = json_lines(SAMPLE / "tickets.jsonl")
    expected = json_lines(SAMPLE / "expected.jsonl")
    questions, read_by = [], load_phrases()
    for ticket, label in zip(map(IncomingTicket.model_validate, tickets), expected, strict=True):
        reading = read_message(ticket, phrases=read_by)
        gold = frozenset(label["answered_by"])
        triaged = TriagedTicket(ticket=ticket, reading=reading, triage=TRIAGE)
        questions.append(JudgedQuestion(reading.text, gold, triaged))
    return Corpus(kb, {a.doc_id: a.doc_id for a in found}, questions, found)


def json_lines(file: Path) -> list[dict[str, Any]]:
    """Return the objects in *file*."""
    return [json.loads(line) for line in file.read_text().splitlines() if line]


def as_keywords(c: Corpus) -> Corpus:
    """Return *c* with the common words of its questions left out."""

    def short(text: str) -> str:
        words = re.findall(r"[\w-]+", text)
        return " ".join(w for w in words if rarity(w.lower()) > COMMON) or text

    return replace(c, questions=[replace(q, text=short(q.text)) for q in c.questions])


async def ranking(c: Corpus) -> tuple[float, float]:
    """Return hit@1 and MRR@10 of *c*'s questions, over names in the order first found."""
    ranks = [c.rank(asked, await c.search(asked.text, 50)) for asked in c.questions]
    return float(np.mean([r == 1 for r in ranks])), float(np.mean([r and 1 / r for r in ranks]))


@dataclass(frozen=True)
class Agreement:
    """How alike two knowledge bases answer: figures from 0 to 1, means over the questions."""

    overlap: float
    mrr: float
    other_mrr: float
    other_hit: float
    score_difference: float

    @classmethod
    async def measured(cls, c: Corpus, other: KnowledgeBase) -> Agreement:
        """Return how *other*, which has the articles of *c*, agrees with the one of *c*."""
        ranks, overlaps, differences = [], [], [0.0]
        for asked in c.questions:
            mine = await c.search(asked.text, 50)
            others = await other.search(asked.text, limit=50, scope=SCOPE)
            ranks.append((c.rank(asked, mine), c.rank(asked, others)))
            five = {p.chunk_id: p.score for p in await c.search(asked.text, 5)}
            found = await other.search(asked.text, limit=5, scope=SCOPE)
            both = [p for p in found if p.chunk_id in five]
            overlaps.append(len(both) / len(five) if five else 1.0)
            differences += [abs(p.score - five[p.chunk_id]) for p in both]
        mrr, other_mrr = np.mean([[r and 1 / r for r in pair] for pair in ranks], axis=0).tolist()
        hit = float(np.mean([r == 1 for _, r in ranks]))
        return cls(float(np.mean(overlaps)), mrr, other_mrr, hit, max(differences))


async def signs_of_best(
    c: Corpus, questions: Sequence[JudgedQuestion], keep: Callable[[JudgedQuestion, Passage], bool]
) -> list[Floats]:
    """Return the signs of the best five passages that *keep* takes, an array a question."""
    out = []
    for asked in questions:
        found = [p for p in await c.search(asked.text, 40) if keep(asked, p)][:5]
        vectors = embed([relevance.whole(p.title, p.text) for p in found])
        texts = [relevance.comparable(p.title, p.text) for p in found]
        if texts:
            out.append(relevance.signs(relevance.question(asked.text, c.kb.share), texts, vectors))
    return out


async def evidence(data: Path, docs: Corpus, faqs: Corpus) -> dict[str, list[Floats]]:
    """Return the signs of passages that answer, near misses, and far ones."""
    chance = random.Random(1)  # noqa: S311
    some_faqs = _some(chance, faqs.questions, 400)
    with (data / "banking77/test.csv").open() as file:
        bank = _some(chance, [JudgedQuestion(r["text"]) for r in csv.DictReader(file)], 300)
    found: dict[str, list[Floats]] = {}
    for name, c, own, others in (
        ("docs_qa", docs, docs.questions, [*some_faqs[:150], *bank[:150]]),
        ("stackfaq", faqs, some_faqs, [*docs.questions, *bank[150:]]),
    ):
        found[f"{name} right"] = await signs_of_best(c, own, c.right)
        found[f"{name} near"] = await signs_of_best(c, own, lambda a, p, c=c: not c.right(a, p))  # type: ignore[misc]
        found[f"{name} far"] = await signs_of_best(c, others, lambda a, p: True)
    return found


def _some(chance: random.Random, asked: list[JudgedQuestion], most: int) -> list[JudgedQuestion]:
    return chance.sample(asked, min(most, len(asked)))


def fit(found: dict[str, list[Floats]]) -> Floats:
    """
    Return the weights and, last, the bias of a logistic regression on *found*.

    Each set counts the same, near misses NEAR_WEIGHT as much. Of each question the best
    passage by the weights so far is taken, until that settles.
    """
    weights = np.array([*relevance.WEIGHTS, relevance.BIAS])
    for _ in range(8):
        best = {name: _best(rows, weights) for name, rows in found.items()}
        x = np.concatenate(list(best.values()))
        y = np.concatenate([np.full(len(b), "right" in name) for name, b in best.items()])
        w = np.concatenate(
            [np.full(len(b), (NEAR_WEIGHT if "near" in n else 1) / len(b)) for n, b in best.items()]
        )
        weights = _logistic(x, y.astype(float), 100 * w)
    return weights


def _best(rows: list[Floats], weights: Floats) -> Floats:
    return np.array([r[np.argmax(r @ weights[:-1])] for r in rows])


def _logistic(x: Floats, y: Floats, w: Floats, ridge: float = 1e-3) -> Floats:
    """Return logistic regression by Newton's method."""
    x = np.c_[x, np.ones(len(x))]
    weights = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ weights))
        slope = x.T @ (w * (p - y)) + ridge * weights
        bend = (x * (w * p * (1 - p))[:, None]).T @ x + ridge * np.eye(len(weights))
        weights = weights - np.linalg.solve(bend, slope)
    return weights


def scored(rows: list[Floats], weights: Floats) -> Floats:
    """Return each question's best score."""
    return np.array([1 / (1 + np.exp(-(r @ weights[:-1] + weights[-1]).max())) for r in rows])


async def microseconds(c: Corpus, questions: Sequence[JudgedQuestion]) -> float:
    """Return the mean processor time of a search with limit 5, once warm."""
    for asked in questions[:5]:
        await c.search(asked.text, 5)
    start = time.process_time()
    for asked in questions:
        await c.search(asked.text, 5)
    return (time.process_time() - start) / len(questions) * 1e6


def _of(name: str, row: str) -> bool:
    return row in name and ("keywords" in row or not row or "keywords" not in name)


async def recall_on_sample(c: Corpus, floor: float) -> tuple[float, int, int]:
    """Return recall in five passages over *floor*, tickets with false evidence, and of how many."""
    recall, false = [], []
    for asked in c.questions:
        triaged = cast(TriagedTicket, asked.ticket)
        kb = DirectSearch(c.kb)
        made = await retrieve(triaged, kb=kb, limit=5, floor=floor, now=lambda: SCOPE.now)
        names = {p.doc_id for p in made.passages}
        if asked.gold:
            recall.append(len(names & asked.gold) / len(asked.gold))
        else:
            false.append(bool(names))
    return float(np.mean(recall)), sum(false), len(false)


async def measure(data: Path, fitting: bool, console: Console) -> None:
    """Measure everything and print it."""
    docs, faqs, lark = await docs_qa(data), await stackfaq(data), await larkspur()
    table = Table("corpus", "hit@1", "MRR@10", "plain, hit@1 / MRR@10", "µs a search")
    for name, c in (("docs_qa", docs), ("stackfaq", faqs)):
        hit, mrr = await ranking(c)
        speed = await microseconds(c, c.questions[:200])
        table.add_row(name, f"{hit:.3f}", f"{mrr:.3f}", FLOORS[name], f"{speed:.0f}")
    table.add_row("sample tickets", "", "", "", f"{await microseconds(lark, lark.questions):.0f}")
    table.add_row("sample, 12 words", "", "", "", f"{await microseconds(lark, docs.questions):.0f}")
    console.print(table)

    found = await evidence(data, docs, faqs)
    keywords = await evidence(data, as_keywords(docs), as_keywords(faqs))
    found |= {f"{name} in keywords": signs for name, signs in keywords.items()}
    weights = np.array([*relevance.WEIGHTS, relevance.BIAS])
    if fitting:
        weights = fit(found)
        console.print("fitted weights and bias:", np.round(weights, 2).tolist())
    floor = relevance.DEFAULT_FLOOR
    table = Table("corpus", "AUC far", "AUC near", f"right >= {floor}", "far >=", "near >=")
    for name in ("docs_qa", "stackfaq", "in keywords", ""):
        kinds = {
            k: np.concatenate(
                [scored(r, weights) for n, r in found.items() if _of(n, name) and k in n]
            )
            for k in ("right", "far", "near")
        }
        over = [f"{np.mean(kinds[k] >= floor):.3f}" for k in ("right", "far", "near")]
        far, near = auc(kinds["right"], kinds["far"]), auc(kinds["right"], kinds["near"])
        table.add_row(name or "all", f"{far:.3f}", f"{near:.3f}", *over)
    console.print(table)

    for at in (0.0, floor):
        recall, false, of = await recall_on_sample(lark, at)
        console.print(
            f"sample tickets, floor {at}: recall {recall:.3f}, false evidence {false} of {of}"
        )


async def compare(data: Path, flush_seconds: float, console: Console) -> None:
    """Compare Weaviate with the embedded knowledge base."""
    table = Table(
        "corpus", "when", "overlap of 5", "MRR@10", "weaviate", "hit@1", "score differs by"
    )
    with RealWeaviate() as server:
        for name, load in (("docs_qa", docs_qa), ("stackfaq", stackfaq)):
            c = await load(data)
            c = replace(c, questions=c.questions[:200])
            async with connected(server) as other:
                await other.put(c.articles)
                for when in ("at once", f"after {flush_seconds:g} s"):
                    a = await Agreement.measured(c, other)
                    figures = (a.overlap, a.mrr, a.other_mrr, a.other_hit, a.score_difference)
                    table.add_row(name, when, *(f"{f:.3f}" for f in figures))
                    if when == "at once":
                        await asyncio.sleep(flush_seconds)
    console.print(table)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.quality.retrieval")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--knowledge", choices=["embedded", "weaviate"], default="embedded")
    parser.add_argument("--flush-seconds", type=float, default=FLUSH_SECONDS)
    given = parser.parse_args()
    require(parser, given.data, "docs_qa", "stackfaq", "banking77")
    if given.knowledge == "weaviate":
        asyncio.run(compare(given.data, given.flush_seconds, Console()))
    else:
        asyncio.run(measure(given.data, given.fit, Console()))


if __name__ == "__main__":
    main()
