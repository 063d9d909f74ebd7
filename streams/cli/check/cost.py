"""
What a ticket costs: a ticket of the sample is taken through the stages, and its calls are counted.

    tokens   as the server counts them; where it does not, or is too slow, estimated, and said so
    dollars  by TICKETSTREAM_OPENAI_PRICES; "price not set" without them

Triage and the draft are asked as for any ticket, with the operator's prompts, taxonomy and number
of passages. A draft counts that the model makes: with `auto`, if it passes the exam of pointing.
Nothing is published, and no limit of dollars is counted against.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from schemas import Article, IncomingTicket
from streams.assembly import Assembly
from streams.backends.embedded.knowledge import EmbeddedKnowledge
from streams.cli.check.diagnosis import SECONDS, Diagnosis
from streams.cli.check.pointing import CheckedExam
from streams.cli.up.sources import sample_folder
from streams.errors import TicketError, Unavailable
from streams.knowledge import article_files
from streams.settings import Settings

if TYPE_CHECKING:
    from streams.backends.openai.charge import Taken

SAMPLE = "TKT-2026-0014"
"""A ticket of the sample: two questions in 47 words, for which there are articles."""
_SLOW = "use a faster model or server: tickets wait for it, too"
_NO_DRAFT = "drafting costs nothing: the embedded selection chooses the lines"
_FAILED = f"{_NO_DRAFT}, because the model failed the exam of pointing"
_UNKNOWN = "drafting only counts if the model passes the exam of pointing, which could not be held"


async def look_at_cost(here: Settings, exam: CheckedExam) -> list[Diagnosis]:
    """Return what a ticket costs, by one that is tried; *exam* decides who drafts."""
    if here.llm == "embedded":
        return [Diagnosis("ok", "no model is called, so a ticket costs nothing")]
    drafts, calls = await asyncio.gather(_model_drafts(here, exam), _calls(here))
    if not calls:
        return [Diagnosis("skipped", "not tried: the language model does not answer")]
    stages = ("triage",) if drafts is False else ("triage", "drafting")
    calls = {stage: calls[stage] for stage in stages if stage in calls}
    told = [_price(here, calls), *(_tokens(stage, took) for stage, took in calls.items())]
    left = [stage for stage in stages if stage not in calls]
    if left:
        told.append(f"{' and '.join(left)} not tried: the model takes too long")
    told += _who_drafts(here, drafts)
    mend = _SLOW if left else "" if here.openai_model in here.openai_prices else _example(here)
    found = Diagnosis("warning" if left else "ok", "; ".join(told), mend)
    return [found, *_cut(calls)]


async def _model_drafts(here: Settings, exam: CheckedExam) -> bool | None:
    """Return whether drafts are the model's; None if nobody knows."""
    if here.drafts != "auto":
        return here.drafts != "embedded"
    try:
        async with asyncio.timeout(0.9 * SECONDS):
            return (await exam.result()).passed
    except (Unavailable, TimeoutError):
        return None


def _who_drafts(here: Settings, drafts: bool | None) -> Iterator[str]:
    if drafts is None:
        yield _UNKNOWN
    elif not drafts:
        yield _FAILED if here.drafts == "auto" else _NO_DRAFT


async def _calls(here: Settings) -> dict[str, list[Taken]]:
    """Return what the calls for a ticket took, by stage."""
    calls: dict[str, list[Taken]] = {}
    base = EmbeddedKnowledge()
    await base.put(
        [
            one
            for one in article_files.articles_in(sample_folder() / "kb")
            if isinstance(one, Article)
        ]
    )
    changes: dict[str, Any] = {
        "daily_dollars": None,
        "ticket_dollars": None,
        "stage_seconds": 0.4 * SECONDS,
    }
    if here.drafts == "auto":
        changes["drafts"] = "pointed"  # the same calls, without an exam before them
    async with Assembly(here.model_copy(update=changes), base) as parts:
        if parts.model:
            parts.model.tariff.watch = lambda stage, took: calls.setdefault(stage, []).append(took)
        event: Any = _ticket()
        with suppress(TicketError, TimeoutError):
            async with asyncio.timeout(0.9 * SECONDS):
                for stage in parts.route.stages[:-1]:
                    event = await stage.run(event)
    return {stage: _that_count(took) for stage, took in calls.items()}


def _that_count(took: list[Taken]) -> list[Taken]:
    """Return the calls that were answered; if none was, one of those that were tried."""
    return [one for one in took if one.is_answered] or took[-1:]


def _ticket() -> IncomingTicket:
    """Return the ticket of the sample."""
    with (sample_folder() / "tickets.jsonl").open(encoding="utf-8") as lines:
        found = next(line for line in lines if json.loads(line).get("ticket_id") == SAMPLE)
    return IncomingTicket.model_validate_json(found)


def _price(here: Settings, calls: dict[str, list[Taken]]) -> str:
    """Return the dollars of a ticket, and of a thousand."""
    if here.openai_model not in here.openai_prices:
        return "price not set"
    dollars = sum(one.dollars for took in calls.values() for one in took)
    told = f"{_dollars(dollars)} a ticket, {_dollars(1000 * dollars)} for 1,000"
    if dollars and here.daily_dollars:
        tickets = here.daily_dollars / dollars
        told += f", so {_dollars(here.daily_dollars)} a day are for {tickets:,.0f}"
    return told


def _tokens(stage: str, took: list[Taken]) -> str:
    """Return what the calls of *stage* took, and whether that is known."""
    tokens_in, tokens_out, cached = (
        sum(getattr(one, name) for one in took) for name in ("tokens_in", "tokens_out", "cached")
    )
    parts = [f"{stage} {tokens_in:,.0f} tokens in", f"{tokens_out:,.0f} out", *_notes(took, cached)]
    return ", ".join(parts)


def _notes(took: list[Taken], cached: float) -> Iterator[str]:
    if cached:
        yield f"{cached:,.0f} of those in from the server's cache"
    if len(took) > 1:
        yield f"in {len(took)} calls"
    if not all(one.is_counted for one in took):
        why = "does not count them" if took[0].is_answered else "does not answer in time"
        yield f"estimated: the server {why}"


def _cut(calls: dict[str, list[Taken]]) -> Iterator[Diagnosis]:
    """Yield a warning if the server has read less than it was sent, as Ollama may."""
    for stage, took in calls.items():
        for one in took:
            if one.is_counted and 2 * one.tokens_in < one.estimated_in:
                yield Diagnosis(
                    "warning",
                    f"the server read {one.tokens_in:,.0f} tokens for {stage} of about"
                    f" {one.estimated_in:,.0f} that it was sent: it cuts what is too long for it",
                    "let the server read more: for Ollama, OLLAMA_CONTEXT_LENGTH=16384",
                )
                return


def _example(here: Settings) -> str:
    prices = json.dumps({here.openai_model: [0.15, 0.6]})
    return f"to know dollars, set TICKETSTREAM_OPENAI_PRICES, such as {prices!r}"


def _dollars(sum_: float) -> str:
    """Return a sum with its cents, or with two digits where it is less than a dollar."""
    return f"${sum_:.2g}" if 0 < sum_ < 1 else f"${sum_:,.2f}"
