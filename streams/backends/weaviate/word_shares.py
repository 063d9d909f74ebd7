"""The share of passages that have each stem, counted in a sample that is not too old."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

from streams.backends.weaviate.collection import STEMS, Collection
from streams.evidence import ranking
from streams.evidence.relevance import Share
from streams.off_loop import off_loop

SAMPLE = 2_000
"""Passages from which the shares of words are counted."""
SAMPLE_SECONDS = 60.0
"""Seconds after which the shares are counted again. Own changes are seen at once."""


class WordShares:
    """What is known of the words of a *collection*."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._counted = _Counted({}, 0.0)

    def share(self, stem: str) -> float:
        """Return the share of passages, 0 to 1, that have *stem*, as it was last counted."""
        return self._counted.share(stem)

    async def latest(self) -> Share:
        """Return the shares, counted again if that is due; raise what the client raises."""
        if self._counted.until < monotonic():
            found = await (await self._collection.handle()).query.fetch_objects(
                limit=SAMPLE, return_properties=STEMS
            )
            self._counted = await off_loop(_Counted.of, [o.properties for o in found.objects])
        return self._counted.share

    def forget(self) -> None:
        """Have the shares counted again by the next `latest`."""
        self._counted = _Counted({}, 0.0)


@dataclass(frozen=True)
class _Counted:
    """The share of passages that have each stem, and until when that is taken to be so."""

    shares: Mapping[str, float]
    until: float  # monotonic, in seconds

    @classmethod
    def of(cls, passages: Sequence[Mapping[str, Any]]) -> _Counted:
        """
        Return what the stems of *passages* say.

        They are those with the lowest ids, which are hashes, so a random sample.
        """
        fields = [Counter[str](), Counter[str]()]
        for passage in passages:
            for counts, name in zip(fields, STEMS, strict=True):
                counts.update(set(str(passage.get(name) or "").split()))
        most = fields[0] | fields[1]
        shares = {
            stem: ranking.share_with_stem(count, len(passages)) for stem, count in most.items()
        }
        return cls(shares, monotonic() + SAMPLE_SECONDS)

    def share(self, stem: str) -> float:
        return self.shares.get(stem, 0.0)
