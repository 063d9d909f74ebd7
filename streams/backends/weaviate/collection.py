"""
The collection that holds the chunks of all tenants: its properties and its edition.

It is created when it is missing (`collection_names.py` names it); its
description has an *edition*, another one after each creation, by which a reader of
`kb-articles` knows that what it once loaded is gone.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
from weaviate.classes.config import (
    Configure,
    DataType,
    Property,
    StopwordsPreset,
    Tokenization,
    VectorDistances,
)
from weaviate.exceptions import UnexpectedStatusCodeError

from streams.backends.weaviate.client import FOREIGN, QUERY_SECONDS, WRITE_SECONDS, Client
from streams.collection_names import collection_name
from streams.errors import Refused, Unavailable

MOST_FOUND = 10_000
"""Objects that Weaviate returns or deletes in one request (its QUERY_MAXIMUM_RESULTS)."""
STEMS = ["title_stems", "text_stems"]
"""The properties that are searched by words."""

Handle = Any  # CollectionAsync, whose type parameters mypy cannot see through the client
EDITION = "Articles of ticketstream, edition "
"""How the description of a collection begins that we have made."""


def readers_value(tenant: str, audience: str) -> str:
    """Return who may read, in brackets, for Weaviate would not tell "a" from "a "."""
    return json.dumps([audience, tenant])


class Collection:
    """The collection of one prefix, as *client* reaches it."""

    def __init__(self, client: Client, prefix: str) -> None:
        self.name = collection_name(prefix)
        self._client = client
        self._edition: str | None = None

    @asynccontextmanager
    async def asking(self, seconds: float) -> AsyncIterator[None]:
        """Give what is done inside *seconds*, and turn what the client raises into our errors."""
        try:
            async with asyncio.timeout(seconds):
                yield
        except FOREIGN as error:
            raise self._ours(error) from None

    def _ours(self, error: Exception) -> Unavailable:
        found = self._client.ours(error)
        if "could not find class" in str(error) and not isinstance(found, Refused):
            return Unavailable(
                f"Weaviate at {self._client.url} has no collection {self.name}:"
                " a worker that hosts retrieval makes and fills it"
            )
        return found

    async def handle(self) -> Handle:
        """Return the client's own view of the collection, whether it exists or not."""
        return (await self._client.connected()).collections.use(self.name)

    async def ping(self) -> None:
        """Return if a search would be answered now, or raise Unavailable."""
        async with self.asking(QUERY_SECONDS):
            await (await self.handle()).query.fetch_objects(limit=1, return_properties=["number"])

    async def about(self) -> tuple[str, int | None]:
        """
        Return the server's version and how many passages there are, None without a collection.

        Raises:
            Unavailable: As `ping`, or a collection of that name is not ours.
        """
        async with self.asking(QUERY_SECONDS):
            version = str((await (await self._client.connected()).get_meta())["version"])
            description = await self._description()
            if description is None:
                return version, None
            self._refuse_others(description)
            counted = await (await self.handle()).aggregate.over_all(total_count=True)
        return version, counted.total_count or 0

    async def edition(self) -> str:
        """
        Return what names this filling of the collection, which is created if it is missing.

        Another edition than before means that nothing is left of what was put.

        Raises:
            Unavailable: Weaviate cannot be reached, or a collection of that name is not ours.
        """
        self._edition = await self._find_or_create()
        return self._edition

    async def check_edition(self) -> None:
        """Raise Unavailable if the collection is another one than before."""
        found = await self._find_or_create()
        if self._edition not in (None, found):
            raise Unavailable(f"collection {self.name} was deleted: articles must be read again")
        self._edition = found

    async def _find_or_create(self) -> str:
        async with self.asking(WRITE_SECONDS):
            found = await self._description()
            if found is None:
                await self._create()
                found = await self._description()
        self._refuse_others(found or "")
        return found.removeprefix(EDITION) if found else ""

    def _refuse_others(self, description: str) -> None:
        if not description.startswith(EDITION):
            raise Unavailable(
                f"collection {self.name} at {self._client.url} is not one that ticketstream made:"
                " delete it, and it is made anew"
            )

    async def _description(self) -> str | None:
        """Return the collection's description, None if there is no collection."""
        try:
            config = await (await self.handle()).config.get(simple=True)
        except UnexpectedStatusCodeError as error:
            if error.status_code == httpx.codes.NOT_FOUND:
                return None
            raise
        return config.description or ""

    async def _create(self) -> None:
        """Create the collection, unless somebody else is quicker."""
        client = await self._client.connected()
        try:
            await client.collections.create(
                self.name,
                description=EDITION + uuid4().hex,
                properties=_properties(),
                vector_config=Configure.Vectors.self_provided(
                    vector_index_config=Configure.VectorIndex.hnsw(
                        distance_metric=VectorDistances.COSINE
                    )
                ),
                inverted_index_config=Configure.inverted_index(
                    stopwords_preset=StopwordsPreset.NONE
                ),
            )
        except UnexpectedStatusCodeError as error:
            if error.status_code != httpx.codes.UNPROCESSABLE_ENTITY:
                raise


def _properties() -> list[Property]:
    """Return the properties of an object: some to filter by, some to search, the rest to show."""
    text, integer, field, words = (
        DataType.TEXT,
        DataType.INT,
        Tokenization.FIELD,
        Tokenization.WHITESPACE,
    )

    def filtered(name: str, kind: DataType, ranges: bool = False) -> Property:
        return Property(
            name=name,
            data_type=kind,
            index_filterable=True,
            index_range_filters=ranges or None,
            index_searchable=False if kind is text else None,
            tokenization=field if kind is text else None,
        )

    def kept(name: str, searched: bool = False) -> Property:
        return Property(
            name=name,
            data_type=text,
            index_filterable=False,
            index_searchable=searched,
            tokenization=words if searched else field,
        )

    return [
        filtered("article", text),  # the id of tenant and doc_id
        filtered("doc_id", text),
        filtered("readers", text),  # audience and tenant
        filtered("number", integer, ranges=True),
        filtered("expires", integer, ranges=True),
        *(kept(name, searched=True) for name in STEMS),
        *(kept(name) for name in ("title", "url", "text", "lines", "digest")),
    ]
