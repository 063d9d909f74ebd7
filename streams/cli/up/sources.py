"""Which articles and tickets `up` takes: the sample's, or the user's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from schemas import Article
from schemas.topics import ARTICLES
from streams.backends.kafka import clients
from streams.cli import terminal
from streams.cli.bulk_publisher import JSON, publishing
from streams.errors import ConfigurationError
from streams.knowledge import article_files
from streams.knowledge.article_fields import too_large
from streams.settings import Settings


@dataclass(frozen=True)
class Sources:
    """The user's *kb* and *tickets*. Without either it is the sample, as far as it fits."""

    kb: Path | None = None
    tickets: BinaryIO | None = None

    @property
    def is_sample(self) -> bool:
        """Say whether articles and tickets are the sample's, so that results are known."""
        return self.kb is None and self.tickets is None

    @property
    def name_of_tickets(self) -> str:
        """Return what the file of tickets is called."""
        if self.tickets is None:
            return "the sample"
        return "standard input" if self.tickets.name == "<stdin>" else str(self.tickets.name)

    @contextmanager
    def open_tickets(self) -> Iterator[BinaryIO | None]:
        """Yield the file of tickets; None if there are only articles, which go with no sample's."""
        if self.tickets or self.kb:
            yield self.tickets
            return
        with (sample_folder() / "tickets.jsonl").open("rb") as file:
            yield file


async def publish_articles(settings: Settings, sources: Sources) -> tuple[int, int]:
    """
    Publish the articles, and name those that are broken. Returns how many were good and broken.

    Raises:
        ConfigurationError: There is no article, or there are more than the embedded Kafka keeps.
    """
    path = sources.kb or sample_folder() / "kb"
    good = broken = size = 0
    async with publishing(settings, ARTICLES) as publisher:
        for found in _articles(path):
            if isinstance(found, str):
                broken += 1
                terminal.complain(found)
                continue
            value = article_files.as_sent(found)
            good, size = good + 1, size + len(value)
            await publisher.send(found.doc_id.encode(), value, [JSON])
    if not good:
        raise ConfigurationError(f"{path}: no article that can be read: mend what is named above")
    if not await _has_all(settings):
        raise ConfigurationError(
            f"{path}: {good:,} articles of {size / 1e6:.1f} MB are more than the embedded Kafka"
            " keeps, some 5 MB. Give fewer, or load them into a Kafka of your own:"
            " ticketstream kb load"
        )
    return good, broken


def _articles(path: Path) -> Iterator[Article | str]:
    """Yield the articles at *path*, and what is wrong with those that cannot be published."""
    for found in article_files.articles_in(path):
        if isinstance(found, article_files.Broken):
            yield str(found)
        elif fault := too_large(found):
            yield fault
        else:
            yield found


async def _has_all(settings: Settings) -> bool:
    """Return whether the broker still has the first article that it was sent."""
    consumer = await clients.follower(settings, [ARTICLES], since="end")
    try:
        begins = await consumer.beginning_offsets(list(consumer.assignment()))
    finally:
        await clients.stop(consumer)
    return not any(begins.values())


def sample_folder() -> Path:
    """Return the folder of the sample: in a wheel beside the packages, in a checkout in deploy."""
    here = Path(__file__).parents[2]
    found = here / "sample"
    return found if found.is_dir() else here.parent / "deploy" / "sample"
