"""
`ticketstream check`: what of settings, files and connections is wrong, and how to mend it.

Rows of two kinds go to standard output: at least one for each thing that was tried, and one for
each setting, with its value and where it is from (secrets masked). A program gets what was tried
first; a person gets it last, where the eye is. If a setting is misspelt or its value does not fit,
that is the first of what was tried, and there are no rows of settings. Nothing is created, joined
or published; a language model is asked one short question.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing
from dataclasses import asdict
from itertools import chain
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError
from pydantic_settings import SettingsError

from schemas.topics import INCOMING
from streams.backends.embedded.knowledge import EmbeddedKnowledge
from streams.backends.kafka import admin, clients, connection
from streams.cli import running_up, terminal
from streams.cli.check import addresses
from streams.cli.check.diagnosis import Diagnosis
from streams.cli.exit_codes import AWAY, DONE, WRONG
from streams.definitions import policy_rules, taxonomy
from streams.errors import BadAnswer, ConfigurationError, Refused, Unavailable
from streams.knowledge import selection
from streams.settings import PREFIX, Settings

SECONDS = 15
"""Time for a dependency to answer."""

_Look = Callable[[Settings], Awaitable[list[Diagnosis]]]
_Found = list[tuple[str, Diagnosis]]
"""What was tried, and how it is."""


async def run() -> int:
    """
    Show all settings, try everything that they name, and say how to mend what is wrong.

    Returns 0 if all is well or works, 2 if something must be mended, else 3 if something is away.
    """
    found: _Found = []
    settings: list[terminal.Row] = []
    here: Settings | None
    try:
        here = running_up.settings_here()
    except ConfigurationError as error:
        found = [("settings", Diagnosis("wrong", str(error)))]
        here = _readable()
    else:
        settings = _settings(here)
    if settings and terminal.is_read_by_person():
        terminal.show(settings, "Settings")
    if here:
        lots = await asyncio.gather(_kafka(here), *(_look(n, look, here) for n, look in _LOOKS))
        found += chain.from_iterable(lots)
    _show(found)
    if not terminal.is_read_by_person():
        terminal.show(settings)
    statuses = {one.status for _, one in found}
    return WRONG if "wrong" in statuses else AWAY if "away" in statuses else DONE


def _readable() -> Settings | None:
    """Return the settings without the name that is none; None if it is a value that is wrong."""
    try:
        read = Settings()
    except (ValidationError, SettingsError):
        return None
    up = running_up.running()
    if up and "kafka_brokers" not in read.model_fields_set:
        return read.model_copy(update={"kafka_brokers": up.brokers})
    return read


def _settings(here: Settings) -> list[terminal.Row]:
    """Return a row for each setting. A terminal has no room for what each is about."""
    up = running_up.running()
    rows: list[terminal.Row] = []
    for field, about in Settings.model_fields.items():
        name = PREFIX + field.upper()
        origin = "environment" if name in os.environ else "default"
        if up and origin == "default" and field == "kafka_brokers":
            origin = "running up"
        value = _shown(getattr(here, field))
        about_it = {} if terminal.is_read_by_person() else {"about": about.description}
        rows.append({"setting": name, "value": value, "from": origin, **about_it})
    return rows


_SECRET = re.compile(r"key|token|secret|passw|auth|header|cookie|credential", re.I)
_IN_URL = re.compile(r"(?<=//)[^/@\s]+(?=@)")
_MASK = "********"


def _shown(value: Any) -> str:
    """Return *value* as it is shown: without secrets, those in addresses and in JSON included."""
    if isinstance(value, SecretStr):
        return _MASK if value.get_secret_value() else ""
    if isinstance(value, dict):
        return json.dumps(_masked(value), ensure_ascii=False) if value else ""
    return "" if value is None else _IN_URL.sub(_MASK, str(value))


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {n: _MASK if _SECRET.search(n) else _masked(one) for n, one in value.items()}
    return [_masked(one) for one in value] if isinstance(value, list | tuple) else value


def _show(found: _Found) -> None:
    """Show what was found. A person gets commands below the table, in lines that can be copied."""
    rows = [{"check": name, **_masked_row(one)} for name, one in found]
    if not terminal.is_read_by_person():
        terminal.show(rows)
        return
    mends = [f"  {row['check']}: {row['mend']}" for row in rows if row["mend"]]
    terminal.show(chain.from_iterable(map(_table_rows, rows)), "Checks")
    if mends:
        print("\n".join(map(terminal.plain, ["", "To mend", *dict.fromkeys(mends)])))


def _table_rows(row: terminal.Row) -> Iterator[terminal.Row]:
    """Yield *row* for a person: each line of the detail, such as a file's mistakes, in its own."""
    first, *others = row["detail"].split("\n")
    yield {"check": row["check"], "status": row["status"], "detail": first}
    for line in others:
        yield {"check": "", "status": "", "detail": line.strip()}


def _masked_row(found: Diagnosis) -> dict[str, Any]:
    return {name: _IN_URL.sub(_MASK, text) for name, text in asdict(found).items()}


async def _look(name: str, look: _Look, here: Settings) -> _Found:
    """Return what *look* finds within its time, or why it finds nothing."""
    try:
        async with asyncio.timeout(SECONDS):
            return [(name, one) for one in await look(here)]
    except (ConfigurationError, Refused) as error:
        return [(name, Diagnosis("wrong", error.detail, error.mend))]
    except Unavailable as error:
        return [(name, Diagnosis("away", error.detail, error.mend))]
    except TimeoutError:
        mend = f"is {_ADDRESSES.get(name, 'its address')} right, and is the way to it open?"
        return [(name, Diagnosis("away", f"no answer in {SECONDS} s", mend))]


async def _kafka(here: Settings) -> _Found:
    """Look at the brokers and, if they answer, at all that is in them."""
    is_embedded = False

    async def brokers(_: Settings) -> list[Diagnosis]:
        nonlocal is_embedded
        if fault := await connection.look(here):
            raise fault
        count, is_embedded = await admin.count_brokers(here), await admin.is_embedded(here)
        return [_brokers(here, count, is_embedded)]

    found = await _look("kafka", brokers, here)
    if found[0][1].status in ("wrong", "away"):
        why = "does not answer" if found[0][1].status == "away" else "cannot be used"
        skipped = Diagnosis("skipped", f"not tried: Kafka {why}")
        return [*found, *((name, skipped) for name in ("topics", "rights", "groups"))]
    return found + await (_embedded if is_embedded else _cluster)(here)


def _brokers(here: Settings, count: int, is_embedded: bool) -> Diagnosis:
    if is_embedded:
        return Diagnosis("ok", f"embedded, at {here.kafka_brokers}: it keeps nothing when it ends")
    if count < _SAFE:
        return Diagnosis(
            "warning",
            f"{count} at {here.kafka_brokers}: a broker that is lost takes tickets with it",
            f"in production, have {_SAFE}",
        )
    return Diagnosis("ok", f"{count} at {here.kafka_brokers}")


async def _embedded(here: Settings) -> _Found:
    """Look at what the embedded broker tells, which has no policies and no rights."""

    async def topics(_: Settings) -> list[Diagnosis]:
        await admin.verify_topics(here)
        return [Diagnosis("ok", "all there")]

    async def groups(_: Settings) -> list[Diagnosis]:
        async with aclosing(clients.lags(here, INCOMING, "triage")) as lags:
            lag = await anext(lags)
        return [Diagnosis("ok", f"triage: {lag:,} behind")]

    return [
        *await _look("topics", topics, here),
        ("rights", Diagnosis("ok", "the embedded Kafka asks for none")),
        *await _look("groups", groups, here),
    ]


async def _cluster(here: Settings) -> _Found:
    from streams.cli.check.kafka import Inspection  # only here: it is slow to import

    inspection = Inspection(here)

    async def topics(_: Settings) -> list[Diagnosis]:
        await inspection.ask()
        return list(inspection.topics())

    async def groups(_: Settings) -> list[Diagnosis]:
        return await inspection.groups()

    found = await _look("topics", topics, here)
    if not inspection.has_answered:
        skipped = Diagnosis("skipped", "not tried: Kafka does not tell of its topics")
        return [*found, ("rights", skipped), ("groups", skipped)]
    found += [("rights", one) for one in inspection.rights()]
    return found + await _look("groups", groups, here)


async def _taxonomy(here: Settings) -> list[Diagnosis]:
    try:
        kinds = taxonomy.load(here.taxonomy_file)
    except ConfigurationError as error:
        return [_broken(error, "TAXONOMY_FILE")]
    return [Diagnosis("ok", f"version {kinds.version}, {len(kinds.categories)} categories")]


async def _policy(here: Settings) -> list[Diagnosis]:
    try:
        rules = policy_rules.load(here.policy_file)
    except ConfigurationError as error:
        return [_broken(error, "POLICY_FILE")]
    try:
        known = {category.name for category in taxonomy.load(here.taxonomy_file).categories}
    except ConfigurationError:  # said already
        known = set(rules.escalate.categories)
    if unknown := [name for name in rules.escalate.categories if name not in known]:
        return [
            Diagnosis(
                "wrong",
                f"escalate.categories: {', '.join(unknown)}: no category of the taxonomy",
                f"choose among {', '.join(sorted(known))}",
            )
        ]
    return [Diagnosis("ok", f"version {rules.version}, {len(rules.rules)} rules")]


def _broken(error: ConfigurationError, setting: str) -> Diagnosis:
    """Return what is wrong with the file that *setting* names."""
    mend = (
        f"correct the lines named, or {PREFIX}{setting} if another file is meant;"
        ' then run "ticketstream check" again'
    )
    return Diagnosis("wrong", str(error), mend)


async def _llm(here: Settings) -> list[Diagnosis]:
    if here.llm == "embedded":
        return [Diagnosis("ok", "none: triage and drafts are embedded")]
    from streams.backends.openai.model import LanguageModel  # only here: slow to import
    from streams.backends.openai.question import MODES

    model = LanguageModel(here.model_copy(update={"stage_seconds": 0.8 * SECONDS}))
    where = f"{here.openai_model} at {here.openai_base_url}"
    try:
        await model.ping()  # which does not try again and again
        way = await model.probe()
    except Refused:
        raise
    except Unavailable as error:
        mend = "is it running, and is TICKETSTREAM_OPENAI_BASE_URL right?"
        return [Diagnosis("away", f"{where}: {error}", mend)]
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
    if way != MODES[0]:
        return [
            Diagnosis(
                "warning",
                f"{where} answers in {way}: it does not know json_schema, and may need repairs",
                "use a server that limits answers to a schema, such as vLLM or llama.cpp",
            )
        ]
    return [Diagnosis("ok", f"{where}, with structured output")]


async def _knowledge(here: Settings) -> list[Diagnosis]:
    base = selection.backend(here)
    if isinstance(base, EmbeddedKnowledge):
        return [Diagnosis("ok", "embedded, in the memory of each process")]
    async with base:
        version, passages = await base.about()
    where = f"Weaviate {version} at {here.weaviate_url}"
    oldest = ".".join(map(str, base.oldest))
    if _numbers(version) < base.oldest:
        return [Diagnosis("wrong", f"{where} is too old", f"update it to {oldest} or newer")]
    if passages is None:
        return [
            Diagnosis(
                "warning",
                f"{where} has no collection {base.collection} yet",
                "start a worker that hosts retrieval: it makes and fills it",
            )
        ]
    return [Diagnosis("ok", f"{where}, {passages:,} passages")]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])


async def _worker(here: Settings) -> list[Diagnosis]:
    return [await addresses.look("worker", here.worker_host, here.worker_http_port)]


async def _sidecar(here: Settings) -> list[Diagnosis]:
    up = running_up.running()
    if up and "sidecar_http_port" not in here.model_fields_set:
        return [await addresses.look("sidecar", here.sidecar_host, urlsplit(up.url).port or 80)]
    return [await addresses.look("sidecar", here.sidecar_host, here.sidecar_http_port)]


_ADDRESSES = {
    "llm": "TICKETSTREAM_OPENAI_BASE_URL",
    "knowledge": "TICKETSTREAM_WEAVIATE_URL",
    **dict.fromkeys(("kafka", "topics", "groups"), "TICKETSTREAM_KAFKA_BROKERS"),
}
_SAFE = 3
"""Brokers with which no ticket is lost when one is."""
_LOOKS: tuple[tuple[str, _Look], ...] = (
    ("taxonomy", _taxonomy),
    ("policy", _policy),
    ("llm", _llm),
    ("knowledge", _knowledge),
    ("worker", _worker),
    ("sidecar", _sidecar),
)
