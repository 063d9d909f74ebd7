"""
How fast articles get into Weaviate: `put` against a bare `insert_many` of the same objects.

    python -m bench.load.weaviate_load --chunks 20000

Both load into collections of the same form in one real server, started for this. They take
turns, a share of the chunks each, so that both see the same machine. `put` also parses, cuts,
embeds and stems the articles, and asks what is there; `insert_many` gets finished objects, in
requests of the same size. Prints a line of JSON: chunks a second of both, and the ratio.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import time
from uuid import uuid4

import click

from schemas import Article
from streams.backends.weaviate.indexing import OBJECTS_AT_ONCE, all_objects
from streams.backends.weaviate.knowledge import WeaviateKnowledge
from streams.evidence.line_lengths import TARGET_WORDS
from tests.support.weaviate import RealWeaviate, connected

ROUNDS = 10
SECTIONS = 4
"""Of an article, each of them a chunk."""
BATCH = 500
"""Articles that the indexer puts at once."""


@click.command()
@click.option("--chunks", default=20_000, show_default=True, type=click.IntRange(min=400))
def main(chunks: int) -> None:
    """Measure loading."""
    click.echo(json.dumps(asyncio.run(measure(chunks))))


async def measure(chunks: int) -> dict[str, float]:
    """Return chunks a second of `put` and of `insert_many`, and the first by the second."""
    per_round = chunks // SECTIONS // ROUNDS
    putting, inserting, loaded = 0.0, 0.0, 0
    with RealWeaviate() as server:
        async with connected(server) as kb, connected(server) as bare:
            await kb.put([])
            await bare.put([])
            for n in range(ROUNDS):
                articles = [made(n * per_round + i) for i in range(per_round)]
                began = time.perf_counter()
                for at in range(0, len(articles), BATCH):
                    await kb.put(articles[at : at + BATCH])
                putting += time.perf_counter() - began
                count, seconds = await insert(bare, articles)
                loaded += count
                inserting += seconds
    return {
        "chunks": loaded,
        "cores": os.cpu_count() or 0,
        "load": os.getloadavg()[0],
        "put_per_s": round(loaded / putting),
        "insert_many_per_s": round(loaded / inserting),
        "ratio": round(inserting / putting, 2),
    }


async def insert(bare: WeaviateKnowledge, articles: list[Article]) -> tuple[int, float]:
    """Insert the objects of *articles*; return how many, and the seconds that it took."""
    ready = {uuid4(): article for article in articles}
    objects = [o for made in all_objects(ready).values() for o in made]
    collection = await bare._collection.handle()
    began = time.perf_counter()
    for at in range(0, len(objects), OBJECTS_AT_ONCE):
        assert not (
            await collection.data.insert_many(objects[at : at + OBJECTS_AT_ONCE])
        ).has_errors
    return len(objects), time.perf_counter() - began


def made(n: int) -> Article:
    """Return article *n*: SECTIONS of nearly TARGET_WORDS words, some common and some rare."""
    chance = random.Random(n)  # noqa: S311
    words = [f"word{int(chance.paretovariate(0.6)) % 50_000}" for _ in range(SECTIONS * 100)]
    assert len(words) // SECTIONS < TARGET_WORDS
    body = "\n\n".join(
        f"## Section {s}\n\n" + " ".join(words[s::SECTIONS]) + "." for s in range(SECTIONS)
    )
    return Article(doc_id=f"KB-{n}", title=f"Article {n}", url=f"https://kb.example/{n}", body=body)


if __name__ == "__main__":
    main()
