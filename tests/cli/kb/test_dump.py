"""`ticketstream kb dump`: what it prints can be loaded again."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from schemas import Article
from schemas.topics import ARTICLES
from streams.backends.kafka import clients, names
from streams.settings import Settings
from tests.support.command_line import Env, call, rows

ODD = Article(
    doc_id="KB-1",
    title="Zurück \u202e\x9b",
    body="Ein Absatz.\n\nNoch einer — mit \u2028.",
    tenant="other",
    audience="internal",
    newer={"kept": True},  # a newer version's
)


async def publish(settings: Settings, *articles: tuple[str, bytes | None]) -> None:
    """Publish *articles*, ids and values, to kb-articles."""
    async with clients.producer(settings) as producer:
        for doc_id, value in articles:
            await producer.send_and_wait(names.topic(settings, ARTICLES), value, doc_id.encode())


async def test_what_is_dumped_can_be_loaded(settings: Settings, env: Env, tmp_path: Path) -> None:
    """
    Each article is there once, as it is now, of all tenants and audiences and with all fields;
    deleted ones are not, and to load the file changes nothing.
    """
    old = ODD.model_copy(update={"title": "Old"})
    now = [a.model_dump_json(exclude_none=True).encode() for a in (old, ODD)]
    gone = Article(doc_id="KB-2", title="Gone", body="Gone.").model_dump_json().encode()
    await publish(
        settings, (ODD.doc_id, now[0]), ("KB-2", gone), (ODD.doc_id, now[1]), ("KB-2", None)
    )

    dumped = await asyncio.to_thread(call, "kb", "dump", env=env)
    file = tmp_path / "articles.jsonl"
    file.write_text(dumped.stdout)
    loaded = await asyncio.to_thread(call, "kb", "load", str(file), env=env)

    assert rows(dumped.stdout) == [json.loads(now[1])]
    assert dumped.stdout.isascii()
    assert "1 articles of kb-articles" in dumped.stderr
    assert rows(loaded.stdout) == [{"loaded": 0, "unchanged": 1, "deleted": 0, "broken": 0}]


def test_nothing_is_there(env: Env) -> None:
    """
    Without articles nothing is printed, and how many there are is said.
    """
    done = call("kb", "dump", env=env)

    assert (done.returncode, done.stdout) == (0, "")
    assert "0 articles" in done.stderr
