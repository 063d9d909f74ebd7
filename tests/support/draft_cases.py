"""Drafts whose verdict is known (`tests/cases/drafts`), as tickets of the policy stage."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from schemas import AnswerDraft, DraftedTicket, IncomingTicket, Passage, TriageOutput
from streams.reading.message import read_message
from streams.text.citations import cited
from tests.support.readings import PHRASES

_URL = "https://help.larkspur.example/articles/1"
"""Where the articles stand: its site vouches for the links in them."""
CASES = Path(__file__).parents[1] / "cases" / "drafts"


def cases_of(name: str) -> list[dict[str, Any]]:
    """Return the cases of the file *name*."""
    lines = (CASES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def a_drafted_case(case: dict[str, Any]) -> DraftedTicket:
    """Return the drafted ticket of *case*, as the stages before policy would have made it."""
    ticket = IncomingTicket(ticket_id=case["id"], **case["ticket"])
    reading = read_message(ticket, phrases=PHRASES)
    given, number = case["model_triage"], Counter[str]()
    passages = []
    for passage in case["passages"]:
        number[passage["doc_id"]] += 1
        chunk = f"{passage['doc_id']}-c-{number[passage['doc_id']]}"
        passages.append(Passage(chunk_id=chunk, score=0.8, url=_URL, **passage))
    best = {passage.doc_id: passage for passage in reversed(passages)}
    category, _, subcategory = given["kind_of_problem"].partition(" > ")
    answer = {name: case["answer"][name] for name in ("greeting", "body", "closing")}
    return DraftedTicket(
        ticket=ticket,
        reading=reading.model_copy(update={"queries": tuple(given["queries"])}),
        triage=TriageOutput(
            category=category,
            subcategory=subcategory,
            priority=given.get("priority", "P3"),
            sla_hours=72,
            suggested_team="Support",
            sentiment=given.get("sentiment", "neutral"),
            confidence=0.9,
        ),
        passages=tuple(passages),
        answer_draft=AnswerDraft(**answer),
        citations=tuple(best[i].model_dump() for i in cited(answer["body"]) if i in best),
    )
