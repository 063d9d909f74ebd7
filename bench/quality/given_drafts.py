"""Drafts whose verdict is known, as drafted tickets: JSON Lines as in tests/cases/drafts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from bench.quality.draft_pairs import cases_of_pairs
from schemas import AnswerDraft, DraftedTicket, IncomingTicket, Passage, TriageOutput
from streams.reading.message import read_message
from streams.reading.phrases import Phrases
from streams.text.citations import cited

_URL = "https://help.larkspur.example/articles/1"
"""Where an article without an address stands: its site vouches for the links in it."""


def given_drafts(files: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """Yield the cases of *files*: JSON Lines, or YAML of pairs."""
    for file in files:
        if file.suffix == ".yaml":
            yield from cases_of_pairs(file)
            continue
        yield from map(json.loads, file.read_text(encoding="utf-8").splitlines())


def drafted_case(case: dict[str, Any], phrases: Phrases) -> DraftedTicket:
    """Return the drafted ticket of *case*, as the stages before policy would have made it."""
    ticket = IncomingTicket(**{"ticket_id": case["id"], **case["ticket"]})
    given, number = case.get("model_triage") or {}, Counter[str]()
    reading = read_message(ticket, phrases=phrases)
    passages = []
    for passage in case["passages"]:
        number[passage["doc_id"]] += 1
        chunk = f"{passage['doc_id']}-c-{number[passage['doc_id']]}"
        passages.append(Passage(**{"chunk_id": chunk, "score": 0.8, "url": _URL, **passage}))
    best = {passage.doc_id: passage for passage in reversed(passages)}
    category, _, subcategory = given.get("kind_of_problem", "Other > Other").partition(" > ")
    answer = {name: case["answer"][name] for name in ("greeting", "body", "closing")}
    return DraftedTicket(
        ticket=ticket,
        reading=reading.model_copy(
            update={"queries": tuple(given.get("queries", reading.queries))}
        ),
        triage=TriageOutput(
            category=category,
            subcategory=subcategory,
            priority=given.get("priority", "P3"),
            sla_hours=72,
            suggested_team="Support",
            sentiment=given.get("sentiment", "neutral"),
            confidence=given.get("confidence", 0.9),
        ),
        passages=tuple(passages),
        answer_draft=AnswerDraft(**answer),
        citations=tuple(best[i].model_dump() for i in cited(answer["body"]) if i in best),
    )
