"""
`ticketstream check`: what of settings, files and connections is wrong, and how to mend it.

Rows of two kinds go to standard output: every setting with its value and where it is from
(secrets masked), then one row for each thing that was tried. If a setting is misspelt or its
value does not fit, the first kind is left out, that is the first row, and what can still be
tried follows.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import SecretStr, ValidationError
from pydantic_settings import SettingsError

from streams import knowledge, policy, state, taxonomy, terminal
from streams.backends import kafka
from streams.commands import AWAY, DONE, WRONG
from streams.errors import ConfigurationError, Refused, Unavailable
from streams.settings import PREFIX, Settings

SECONDS = 15
"""That a dependency may take to answer."""

_Check = tuple[str, Callable[[Settings], Awaitable[str]]]


async def run() -> int:
    """
    Show all settings, try everything that they name, and say how to mend what is wrong.

    Returns 0 if all is well, 2 if something must be mended, else 3 if something is away.
    """
    wrong: list[terminal.Row] = []
    here: Settings | None
    try:
        here = state.settings_here()
    except ConfigurationError as error:
        wrong = [_row("settings", "wrong", str(error))]
        here = _readable()
    else:
        terminal.show(_settings(here), "Settings")
    tried = wrong + [await _try(name, does, here) for name, does in _CHECKS if here]
    terminal.show(tried, "Checks")
    found = {row["status"] for row in tried}
    return WRONG if "wrong" in found else AWAY if "away" in found else DONE


def _readable() -> Settings | None:
    """Return the settings without the name that is none; None if it is a value that is wrong."""
    try:
        read = Settings()
    except (ValidationError, SettingsError):
        return None
    up = state.running()
    if up and "kafka_brokers" not in read.model_fields_set:
        return read.model_copy(update={"kafka_brokers": up.brokers})
    return read


def _settings(here: Settings) -> list[terminal.Row]:
    """Return a row for each setting. A terminal has no room for what each is about."""
    up = state.running()
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


def _shown(value: Any) -> str:
    if isinstance(value, SecretStr):
        return "********" if value.get_secret_value() else ""
    return "" if value is None else str(value)


async def _try(
    name: str, does: Callable[[Settings], Awaitable[str]], here: Settings
) -> terminal.Row:
    try:
        async with asyncio.timeout(SECONDS):
            return _row(name, "ok", await does(here))
    except ConfigurationError as error:
        return _row(name, "wrong", str(error))
    except Refused as error:
        return _row(name, "wrong", str(error))
    except Unavailable as error:
        return _row(name, "away", str(error))
    except TimeoutError:
        return _row(name, "away", f"no answer in {SECONDS} s")


def _row(check: str, status: str, detail: str) -> terminal.Row:
    return {"check": check, "status": status, "detail": detail}


async def _brokers(here: Settings) -> str:
    count = await kafka.count_brokers(here)
    return f"{count} at {here.kafka_brokers}"


async def _topics(here: Settings) -> str:
    await kafka.verify_topics(here)
    return "all there, with the right policies"


async def _taxonomy(here: Settings) -> str:
    kinds = taxonomy.load(here.taxonomy_file)
    return f"version {kinds.version}, {len(kinds.categories)} categories"


async def _policy(here: Settings) -> str:
    policy.load(here.policy_file)
    return str(here.policy_file or "the one included")


async def _llm(here: Settings) -> str:
    if here.llm == "embedded":
        return "none: triage and drafts are embedded"
    from streams.backends.openai_model import LanguageModel  # only here: it is slow to import

    model = LanguageModel(here)
    try:
        await model.ping()
    finally:
        await model.close()
    return f"{here.openai_model} at {here.openai_base_url}"


async def _knowledge(here: Settings) -> str:
    if here.knowledge == "embedded":
        return "embedded, in the memory of each process"
    async with knowledge.backend(here) as base:
        await base.ping()
    return f"{base.name} at {here.weaviate_url}"


_CHECKS: tuple[_Check, ...] = (
    ("taxonomy", _taxonomy),
    ("policy", _policy),
    ("llm", _llm),
    ("kafka", _brokers),
    ("topics", _topics),
    ("knowledge", _knowledge),
)
