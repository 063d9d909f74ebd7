"""The share of passages that have each stem, from a sample."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from streams.backends.weaviate.collection import Collection
from streams.backends.weaviate.word_shares import WordShares


class Sampled(Collection):
    """A collection of which only a sample is known."""

    def __init__(self, passages: Sequence[Mapping[str, Any]]) -> None:
        self.passages = passages
        self.asked = 0

    async def handle(self) -> Any:
        """Return what gives the sample."""
        return SimpleNamespace(query=self)

    async def fetch_objects(self, **_: object) -> Any:
        """Return the sample, as the client does."""
        self.asked += 1
        return SimpleNamespace(objects=[SimpleNamespace(properties=p) for p in self.passages])


class Text(str):
    """A text that knows in which threads it was cut."""

    threads: set[int] = set()

    def __str__(self) -> str:
        self.threads.add(threading.get_ident())
        return super().__str__()


async def test_a_word_counts_once_a_passage() -> None:
    """
    A stem's share is that of the passages that have it in the field where it is commonest.
    """
    passages = [{"title_stems": "invoic", "text_stems": "invoic sent sent"}] * 60
    passages += [{"title_stems": "invoic", "text_stems": ""}] * 20
    share = await WordShares(Sampled(passages)).latest()

    assert share("invoic") == pytest.approx(80 / 100)
    assert share("sent") == pytest.approx(60 / 100)
    assert share("zebra") == 0


async def test_a_sample_is_kept_until_something_changes() -> None:
    """
    The sample is asked for once, and again when it is to be forgotten.
    """
    collection = Sampled([{"title_stems": "invoic"}])
    words = WordShares(collection)
    await words.latest()
    await words.latest()
    assert collection.asked == 1
    words.forget()
    assert words.share("invoic") == 0
    await words.latest()
    assert collection.asked == 2


async def test_words_are_counted_elsewhere() -> None:
    """
    The event loop's thread does not count the words of a large sample.
    """
    await WordShares(Sampled([{"title_stems": Text("invoic"), "text_stems": "a"}])).latest()

    assert Text.threads
    assert threading.get_ident() not in Text.threads
