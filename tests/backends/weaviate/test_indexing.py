"""Articles become objects, whole articles at a time, whatever is cut off in between."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from weaviate.classes.data import DataObject
from weaviate.collections.classes.filters import _FilterAnd, _FilterOr

from schemas import Article
from streams.backends.weaviate.collection import MOST_FOUND, Collection, readers_value
from streams.backends.weaviate.indexing import ARTICLES_AT_ONCE, OBJECTS_AT_ONCE, Indexing
from streams.backends.weaviate.word_shares import WordShares
from streams.errors import Unavailable
from streams.evidence.chunking import chunks
from streams.evidence.ranking import NEVER

URL = "http://weaviate.example:8080"


class Kept(Collection):
    """A collection in memory, whose writes can fail from one of them on."""

    def __init__(self) -> None:
        self.objects: dict[UUID, DataObject[dict[str, Any], None]] = {}
        self.writes = 0
        self.works_until: float = float("inf")
        self.refuses = self.cannot_delete = 0

    async def check_edition(self) -> None:
        """Be the collection that it always was."""

    async def handle(self) -> Any:
        """Return what is asked and written."""
        return SimpleNamespace(query=self, data=self)

    async def fetch_objects(
        self, limit: int, return_properties: Sequence[str], filters: Any = None
    ) -> Any:
        """Return what *filters* let through, by id, which is how Weaviate has it."""
        found = sorted(i for i, one in self.objects.items() if _passes(one.properties, filters))
        return self._shown(found[:limit], return_properties)

    async def fetch_objects_by_ids(
        self, ids: Sequence[UUID], limit: int, return_properties: Sequence[str]
    ) -> Any:
        """Return those of *ids* that there are."""
        return self._shown([i for i in ids if i in self.objects][:limit], return_properties)

    async def insert_many(self, objects: Sequence[DataObject[dict[str, Any], None]]) -> Any:
        """Put *objects* in the places of those with their ids."""
        self._write()
        assert len(objects) <= OBJECTS_AT_ONCE
        self.objects |= {one.uuid: one for one in objects if isinstance(one.uuid, UUID)}
        errors = dict.fromkeys(range(self.refuses), "hunter2")
        return SimpleNamespace(
            has_errors=bool(errors), errors=errors, all_responses=[*range(len(objects))]
        )

    async def delete_many(self, where: Any) -> Any:
        """Delete what *where* lets through, as much of it as Weaviate does at once."""
        self._write()
        found = [i for i, one in self.objects.items() if _passes(one.properties, where)]
        for i in found[:MOST_FOUND]:
            del self.objects[i]
        return SimpleNamespace(failed=self.cannot_delete, matches=min(len(found), MOST_FOUND))

    def _write(self) -> None:
        self.writes += 1
        if self.writes > self.works_until:
            raise Unavailable("away")

    def _shown(self, found: Sequence[UUID], names: Sequence[str]) -> Any:
        told = [(i, self.objects[i].properties) for i in found]
        shown = [(i, {name: had[name] for name in names if name in had}) for i, had in told]
        return SimpleNamespace(objects=[SimpleNamespace(uuid=i, properties=p) for i, p in shown])


def _passes(properties: dict[str, Any], where: Any) -> bool:
    if where is None:
        return True
    if isinstance(where, _FilterAnd):
        return all(_passes(properties, one) for one in where.filters)
    if isinstance(where, _FilterOr):
        return any(_passes(properties, one) for one in where.filters)
    has = properties.get(where.target)
    if where.operator.value == "Equal":
        return bool(has == where.value)
    if where.operator.value == "ContainsAny":
        return has in where.value
    assert where.operator.value == "GreaterThan"
    return bool(has > where.value)


def indexing(kept: Kept) -> Indexing:
    """Return what writes into *kept*."""
    return Indexing(URL, kept, WordShares(kept))


def article(
    doc_id: str = "KB-1", body: str = "Invoices are sent by email.", **more: Any
) -> Article:
    """Return an article about invoices, unless told otherwise."""
    return Article(doc_id=doc_id, title="Invoices", body=body, **more)


def long(rule: str, parts: int = 4) -> str:
    """Return a body of several chunks."""
    return "\n\n".join(
        f"## Part {n}\n\n" + f"The {rule} rule {n} holds. " * 30 for n in range(parts)
    )


async def fresh(*articles: Article) -> Kept:
    """Return a collection that has *articles* and nothing else."""
    kept = Kept()
    await indexing(kept).put(articles)
    return kept


async def test_an_object_is_a_chunk() -> None:
    """
    Every chunk has an object with what a search returns, filters by and ranks by.
    """
    one = article(body=long("zebra"), url="https://x.example/a", tenant="t", audience="internal")
    kept = await fresh(one)

    cut = chunks(one)
    found = sorted((o.properties for o in kept.objects.values()), key=lambda p: int(p["number"]))
    assert len(found) == len(cut) > 2
    assert [p["text"] for p in found] == [chunk.text for chunk in cut]
    assert [p["number"] for p in found] == [*range(1, len(cut) + 1)]
    for p in found:
        assert (p["doc_id"], p["title"], p["url"]) == ("KB-1", "Invoices", "https://x.example/a")
        assert p["readers"] == readers_value("t", "internal")
        assert p["expires"] == NEVER
        assert p["title_stems"] == "invoic"
        assert "zebra" in p["text_stems"].split()
    assert ["digest" in p for p in found] == [True] + [False] * (len(cut) - 1)
    assert all(len(o.vector or ()) == 256 for o in kept.objects.values())


async def test_what_is_there_is_not_written_again() -> None:
    """
    Putting an article in the same form costs no write; another form of it is written.
    """
    kept = await fresh(article(), article("KB-2"))
    writes = kept.writes

    assert await indexing(kept).put([article(), article("KB-2")]) == 0
    assert kept.writes == writes
    assert await indexing(kept).put([article(), article("KB-2", url="https://x.example")]) == 1


@pytest.mark.parametrize("then", ["old", "new"])
async def test_a_write_that_is_cut_off_is_made_good(then: str) -> None:
    """
    Wherever the replacing of an article ends, what is put next is whole, its former form as well.
    """
    old, new = article(body=long("zebra", 9)), article(body=long("lion", 5))
    wanted = old if then == "old" else new
    whole = (await fresh(wanted)).objects

    for writes in range(10):
        kept = await fresh(old)
        kept.works_until = kept.writes + writes
        try:
            await indexing(kept).put([new])
        except Unavailable:
            was_cut_off = True
        else:
            was_cut_off = False
        kept.works_until = float("inf")
        await indexing(kept).put([wanted])

        assert kept.objects == whole, f"cut off after {writes} writes"
    assert not was_cut_off


async def test_a_first_write_that_is_cut_off_is_made_good() -> None:
    """
    An article of which a part is there counts as not there, and its next form leaves none of it.
    """
    new = article(body=long("lion", 2))
    for writes in range(1, 3):
        kept = Kept()
        kept.works_until = writes
        try:
            await indexing(kept).put([article(body=long("zebra", 9))])
        except Unavailable:
            assert writes == 1
        kept.works_until = float("inf")
        assert await indexing(kept).put([new]) == 1

        assert kept.objects == (await fresh(new)).objects


async def test_many_articles() -> None:
    """
    However many are put at once, each is there; of an id that comes twice, the last.
    """
    many = [article(f"KB-{n}", f"Rule {n}.") for n in range(2 * ARTICLES_AT_ONCE + 1)]
    kept = Kept()

    assert await indexing(kept).put([article("KB-0", "Zebra."), *many]) == len(many)

    texts = {o.properties["doc_id"]: o.properties["text"] for o in kept.objects.values()}
    assert texts == {one.doc_id: one.body for one in many}
    assert await indexing(kept).remove([one.doc_id for one in many]) == len(many)
    assert kept.objects == {}


async def test_tenants_have_articles_of_their_own() -> None:
    """
    One id in two tenants is two articles; both are told, and both are removed.
    """
    kept = await fresh(article(tenant="a"), article(tenant="b"), article("KB-2", tenant="a\nb"))

    assert await indexing(kept).tenants(["KB-1", "KB-2", "KB-3"]) == {
        "KB-1": {"a", "b"},
        "KB-2": {"a\nb"},
    }
    assert await indexing(kept).remove(["KB-1", "KB-3", "KB-1"]) == 2
    assert await indexing(kept).tenants(["KB-1"]) == {}
    assert len(kept.objects) == 1


async def test_an_article_without_text_is_known_and_never_found() -> None:
    """
    Of an article of pictures alone an object says that it is there; it expired long ago.
    """
    kept = await fresh(article(body="<img src=a.png>"))

    (only,) = kept.objects.values()
    assert (only.properties["number"], only.properties["expires"]) == (1, 0)
    assert only.vector is None
    assert await indexing(kept).put([article(body="<img src=a.png>")]) == 0


async def test_an_article_expires() -> None:
    """
    Each chunk carries when its article is no evidence any more.
    """
    until = datetime(2026, 11, 2, tzinfo=UTC)
    kept = await fresh(article(body=long("zebra"), valid_until=until))

    expires = {o.properties["expires"] for o in kept.objects.values()}
    assert expires == {int(until.timestamp())}


async def test_more_than_weaviate_deletes_at_once() -> None:
    """
    Deleting goes on until nothing is left of an article.
    """
    kept = Kept()
    for number in range(1, MOST_FOUND + 2):
        properties = {
            "doc_id": "KB-1",
            "number": number,
            "readers": readers_value("default", "public"),
        }
        one = uuid4()
        kept.objects[one] = DataObject(properties, one)

    assert await indexing(kept).remove(["KB-1"]) == 1
    assert kept.objects == {}


async def test_what_weaviate_does_not_do_is_an_outage() -> None:
    """
    Refused chunks and chunks that stay are Unavailable; what Weaviate says of them is not repeated.
    """
    kept = await fresh(article(body=long("zebra")))
    kept.refuses = 1
    with pytest.raises(Unavailable, match=f"{URL} refused 1 of ") as refused:
        await indexing(kept).put([article("KB-2")])
    assert "hunter2" not in str(refused.value)

    kept.refuses, kept.cannot_delete = 0, 3
    with pytest.raises(Unavailable, match=f"{URL} did not delete 3 chunks"):
        await indexing(kept).remove(["KB-1"])


async def test_words_are_counted_anew() -> None:
    """
    A word that came or went with an article counts at once.
    """
    kept = Kept()
    words = WordShares(kept)
    writes = Indexing(URL, kept, words)
    assert (await words.latest())("zebra") == 0

    await writes.put([article(body="Zebra.")])
    assert (await words.latest())("zebra") > 0
    await writes.remove(["KB-1"])
    assert (await words.latest())("zebra") == 0
