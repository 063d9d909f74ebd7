"""How the language model and the knowledge base answer."""

from __future__ import annotations

import asyncio
import difflib
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from streams.backends.embedded.knowledge import EmbeddedKnowledge
from streams.cli.capacity.plan import passages_bytes
from streams.cli.check.diagnosis import SECONDS, Diagnosis
from streams.errors import BadAnswer, ConfigurationError, Refused, Unavailable
from streams.knowledge import selection
from streams.settings import Settings

if TYPE_CHECKING:
    from streams.backends.weaviate.other_collections import OtherCollection
    from streams.cli.kb.collections import CollectionUse

KAFKA_SECONDS = 0.7 * SECONDS
"""Time for Kafka to say who uses a collection."""


async def look_at_llm(here: Settings) -> list[Diagnosis]:
    """Return how the model answers a short question. Raises Refused."""
    if here.llm == "embedded":
        return [Diagnosis("ok", "none: triage and drafts are embedded")]
    from streams.backends.openai.model import LanguageModel  # only here: slow to import
    from streams.backends.openai.question import MODES

    model = LanguageModel(here.model_copy(update={"stage_seconds": 0.8 * SECONDS}))
    where = f"{here.openai_model} at {here.openai_base_url}"
    known: list[str] = []
    try:
        known = await model.known_models()  # which does not try again and again
        way = await model.probe()
    except Refused as error:
        if "OPENAI_MODEL" in error.detail and known and here.openai_model not in known:
            return [_no_such_model(here.openai_model, where, known)]
        raise
    except Unavailable as error:
        return [Diagnosis("away", f"{where}: {error}", _SLOW if known else _AWAY)]
    except BadAnswer as error:
        return [
            Diagnosis(
                "warning",
                f"{where} answers, but not as it is asked to ({error}): tickets would degrade",
                "choose another TICKETSTREAM_OPENAI_MODEL, or look at _OPENAI_PARAMETERS",
            )
        ]
    finally:
        await model.close()
    if model.abilities.left_out:
        where += f" (which does not take our {' and '.join(model.abilities.left_out)})"
    if way != MODES[0]:
        return [
            Diagnosis(
                "warning",
                f"{where} answers in {way}: it does not know json_schema, and may need repairs",
                _OLD_AZURE if "api-version=" in here.openai_base_url else _POORER,
            )
        ]
    return [Diagnosis("ok", f"{where}, with structured output")]


_AWAY = "is it running, and is TICKETSTREAM_OPENAI_BASE_URL right?"
_SLOW = (
    "it is there, and slow: it may be loading the model, so try again; a model that thinks long"
    " needs a higher TICKETSTREAM_LLM_CALL_SECONDS, and _STAGE_SECONDS above it"
)
_POORER = "use a server that limits answers to a schema, such as vLLM or llama.cpp"
_OLD_AZURE = (
    "Azure knows it from ?api-version=2024-08-01-preview on: raise it in"
    " TICKETSTREAM_OPENAI_BASE_URL, or deploy a model that knows it"
)
_MOST_LISTED = 8


def _no_such_model(name: str, where: str, known: list[str]) -> Diagnosis:
    """Return what is wrong with *name*, with the models that are *known* and most like it first."""
    like = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    listed = [*like, *(one for one in known if one not in like)]
    more = f" and {len(listed) - _MOST_LISTED} more" if len(listed) > _MOST_LISTED else ""
    return Diagnosis(
        "wrong",
        f"{where}: the server does not have this model",
        "set TICKETSTREAM_OPENAI_MODEL to one that it has:"
        f" {', '.join(listed[:_MOST_LISTED])}{more}",
    )


async def look_at_knowledge(here: Settings) -> list[Diagnosis]:
    """Return which Weaviate there is and what is in it. Raises Unavailable."""
    base = selection.backend(here)
    if isinstance(base, EmbeddedKnowledge):
        return [Diagnosis("ok", "embedded, in the memory of each process")]
    async with base:
        version, passages = await base.about()
        others = await _other_collections(here, await base.others.there())
    where = f"Weaviate {version} at {here.weaviate_url}"
    oldest = ".".join(map(str, base.oldest))
    if _numbers(version) < base.oldest:
        return [Diagnosis("wrong", f"{where} is too old", f"update it to {oldest} or newer")]
    if passages is None:
        ours = Diagnosis(
            "warning",
            f"{where} has no collection {base.collection} yet",
            "start a worker that hosts retrieval: it makes and fills it",
        )
    else:
        ours = Diagnosis("ok", f"{where}, {passages:,} passages in {base.collection}")
    return [ours, *others]


async def _other_collections(here: Settings, others: Sequence[OtherCollection]) -> list[Diagnosis]:
    """Return who uses each of *others*, or that nobody does."""
    if not others:
        return []
    from streams.cli.kb.collections import collection_uses  # only here: slow to import

    try:
        async with asyncio.timeout(KAFKA_SECONDS):
            return [_use_of(one) for one in await collection_uses(here, others)]
    except (ConfigurationError, Unavailable, TimeoutError):
        there = ", ".join(one.name for one in others)
        return [Diagnosis("skipped", f"who uses {there} is not known: Kafka does not answer")]


def _use_of(one: CollectionUse) -> Diagnosis:
    other = f"{one.collection.name} of another version, {one.collection.passages:,} passages"
    if one.members is None:
        return Diagnosis("skipped", f"{other}: {one.untold}")
    if one.members:
        return Diagnosis("ok", f"{other}: {one.members} at work in {one.group}")
    return Diagnosis(
        "warning",
        f"{other}: nobody uses it, Kafka does not tell since when; it takes about"
        f" {passages_bytes(one.collection.passages) / 1e6:,.1f} MB of Weaviate's memory",
        'if you will not roll back, run "ticketstream kb prune"',
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])
