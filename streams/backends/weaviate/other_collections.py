"""
Collections of other forms: what versions before this one, or after it, have filled.

They belong to the same prefix and are ours by their descriptions. Whether somebody still uses
one, Weaviate does not know.
"""

from __future__ import annotations

from dataclasses import dataclass

from streams.backends.weaviate.client import QUERY_SECONDS, WRITE_SECONDS, Client
from streams.backends.weaviate.collection import EDITION, Collection
from streams.collection_names import form_of


@dataclass(frozen=True)
class OtherCollection:
    """A collection of another form than this version's."""

    name: str
    form: str
    passages: int


class OtherCollections:
    """Those beside the *collection* that *prefix* has in this version."""

    def __init__(self, client: Client, collection: Collection, prefix: str) -> None:
        self._client = client
        self._collection = collection
        self._prefix = prefix

    async def there(self) -> list[OtherCollection]:
        """Return those that there are now, by name; raise Unavailable if Weaviate is away."""
        async with self._collection.asking(QUERY_SECONDS):
            collections = (await self._client.connected()).collections
            listed = await collections.list_all(simple=True)
            found = []
            for name, config in sorted(listed.items()):
                form = form_of(name, self._prefix)
                is_ours = form and (config.description or "").startswith(EDITION)
                if form and is_ours and name != self._collection.name:
                    counted = await collections.use(name).aggregate.over_all(total_count=True)
                    found.append(OtherCollection(name, form, counted.total_count or 0))
        return found

    async def delete(self, other: OtherCollection) -> None:
        """Delete *other* with all that is in it; raise Unavailable if Weaviate is away."""
        async with self._collection.asking(WRITE_SECONDS):
            await (await self._client.connected()).collections.delete(other.name)
