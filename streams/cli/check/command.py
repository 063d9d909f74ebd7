"""
`ticketstream check`: what of settings, files and connections is wrong, and how to mend it.

Rows of two kinds go to standard output: at least one for each thing that was tried, and one for
each setting, with its value and where it is from (secrets masked). A program gets what was tried
first; a person gets it last, where the eye is. If settings are misspelt or values do not fit,
that is the first of what was tried, and there are no rows of settings. Nothing is created, joined
or published; a language model is asked one short question, those of the exam of pointing, and what
it is asked for a ticket.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import chain
from typing import Any

from pydantic import SecretStr, ValidationError

from streams.address_secrets import MASK, text_without_secrets, without_secrets
from streams.cli import running_up, terminal
from streams.cli.check import addresses, backends, brokers, budget, cost, files, pointing, sidecar
from streams.cli.check.diagnosis import Diagnosis, Findings, Look, diagnose
from streams.cli.exit_codes import AWAY, DONE, WRONG
from streams.errors import ConfigurationError
from streams.settings import PREFIX, Settings


async def check_everything(parts: Sequence[str] = ()) -> int:
    """
    Show all settings, try everything that they name, and say how to mend what is wrong.

    *parts*: what this user is for (`rights.PARTS`); by default everything that works.

    Returns 0 if all is well or works, 2 if something must be mended, else 3 if something is away.
    """
    found: Findings = []
    settings: list[terminal.Row] = []
    here: Settings | None
    try:
        here = running_up.settings_with_up()
    except ConfigurationError as error:
        found = [("settings", Diagnosis("wrong", str(error)))]
        here = _readable()
    else:
        settings = _settings(here)
    if settings and terminal.is_read_by_person():
        terminal.show_rows(settings, "Settings")
    if here:
        found += await _tried(here, parts)
    _show(found)
    if not terminal.is_read_by_person():
        terminal.show_rows(settings)
    statuses = {one.status for _, one in found}
    return WRONG if "wrong" in statuses else AWAY if "away" in statuses else DONE


async def _tried(here: Settings, parts: Sequence[str]) -> Findings:
    """Return what is found of all that *here* names. The exam of the model is held once."""
    exam = pointing.CheckedExam(here)
    looks = (
        *_LOOKS,
        ("pointing", lambda settings: pointing.look_at_pointing(settings, exam)),
        ("cost", lambda settings: cost.look_at_cost(settings, exam)),
        *_MORE_LOOKS,
    )
    try:
        lots = await asyncio.gather(
            brokers.look_at_brokers(here, parts), *(diagnose(n, look, here) for n, look in looks)
        )
    finally:
        await exam.close()
    return [*chain.from_iterable(lots)]


def _readable() -> Settings | None:
    """Return the settings without the names that are none; None if a value is wrong."""
    try:
        read = Settings()
    except ValidationError:
        return None
    up = running_up.only_up()
    if up and "kafka_brokers" not in read.model_fields_set:
        return read.model_copy(update={"kafka_brokers": up.brokers})
    return read


def _settings(here: Settings) -> list[terminal.Row]:
    """Return a row for each setting. A terminal has no room for what each is about."""
    up = running_up.only_up()
    rows: list[terminal.Row] = []
    for field, about in Settings.model_fields.items():
        name = PREFIX + field.upper()
        origin = "environment" if name in os.environ else "default"
        if up and origin == "default" and field == "kafka_brokers":
            origin = "running up"
        value = _shown(field, getattr(here, field))
        about_it = {} if terminal.is_read_by_person() else {"about": about.description}
        rows.append({"setting": name, "value": value, "from": origin, **about_it})
    return rows


_SECRET = re.compile(r"key|token|secret|passw|auth|header|cookie|credential", re.I)
_ADDRESS = re.compile(r"_(brokers|url|host|origins)$")
"""Ends of the names of settings that hold addresses."""


def _shown(field: str, value: Any) -> str:
    """Return *value* as it is shown: without secrets, those in addresses and in JSON included."""
    if isinstance(value, SecretStr):
        return MASK if value.get_secret_value() else ""
    if isinstance(value, dict):
        return json.dumps(_masked(value), ensure_ascii=False) if value else ""
    shown = without_secrets if _ADDRESS.search(field) else text_without_secrets
    return "" if value is None else shown(str(value))


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {n: MASK if _SECRET.search(n) else _masked(one) for n, one in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(one) for one in value]
    return text_without_secrets(value) if isinstance(value, str) else value


def _show(found: Findings) -> None:
    """Show what was found. A person gets commands below the table, in lines that can be copied."""
    rows = [{"check": name, **_masked_row(one)} for name, one in found]
    if not terminal.is_read_by_person():
        terminal.show_rows(rows)
        return
    mends = [f"  {row['check']}: {row['mend']}" for row in rows if row["mend"]]
    terminal.show_rows(chain.from_iterable(map(_table_rows, rows)), "Checks")
    if mends:
        print("\n".join(map(terminal.plain, ["", "To mend", *dict.fromkeys(mends)])))


def _table_rows(row: terminal.Row) -> Iterator[terminal.Row]:
    """Yield *row* for a person: each line of the detail, such as a file's mistakes, in its own."""
    first, *others = row["detail"].split("\n")
    yield {"check": row["check"], "status": row["status"], "detail": first}
    for line in others:
        yield {"check": "", "status": "", "detail": line.strip()}


def _masked_row(found: Diagnosis) -> dict[str, Any]:
    return {name: text_without_secrets(text) for name, text in asdict(found).items()}


async def _worker(here: Settings) -> list[Diagnosis]:
    return [await addresses.look_at_address("worker", here.worker_host, here.worker_http_port)]


_LOOKS: tuple[tuple[str, Look], ...] = (
    ("taxonomy", files.look_at_taxonomy),
    ("policy", files.look_at_policy),
    ("voice", files.look_at_voice),
    ("prompts", files.look_at_prompts),
    ("llm", backends.look_at_llm),
)
_MORE_LOOKS: tuple[tuple[str, Look], ...] = (
    ("budget", budget.look_at_budget),
    ("knowledge", backends.look_at_knowledge),
    ("worker", _worker),
    ("sidecar", sidecar.look_at_sidecar),
)
