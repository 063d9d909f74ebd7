"""Collections that other versions have filled: which are ours, and their end."""

from __future__ import annotations

from uuid import uuid4

import pytest
from weaviate.classes.config import Configure, Property
from weaviate.classes.config import DataType as Kind

from streams.backends.weaviate.collection import EDITION
from streams.backends.weaviate.other_collections import OtherCollection
from streams.collection_names import FORM, collection_name
from tests.contracts.test_knowledge_base import article
from tests.support.weaviate import RealWeaviate, connected, delete

OLD = "TicketstreamKb1WordllamaL2256"

pytestmark = pytest.mark.real


async def test_only_those_of_the_same_prefix_that_we_made(weaviate: RealWeaviate) -> None:
    """
    Neither the collection in use, nor that of another prefix, nor one that merely has such a name
    is among them. One that is deleted is gone, the others stay.
    """
    prefix = uuid4().hex
    old, later = (collection_name(prefix).replace(FORM, form) for form in (OLD, f"{OLD}New"))
    foreign = collection_name(f"{prefix}-x").replace(FORM, OLD)
    async with connected(weaviate, prefix) as kb:
        await kb.put([article()])
        server = await kb._client.connected()
        for name, description in (
            (old, f"{EDITION}1"),
            (later, "Somebody else's"),
            (foreign, f"{EDITION}2"),
        ):
            await server.collections.create(
                name,
                description=description,
                properties=[Property(name="text", data_type=Kind.TEXT)],
                vector_config=Configure.Vectors.self_provided(),
            )
        await server.collections.use(old).data.insert({"text": "An old passage."})

        (found,) = await kb.others.there()
        await kb.others.delete(found)

        assert found == OtherCollection(old, OLD, 1)
        assert await kb.others.there() == []
        assert not await server.collections.exists(old)
        assert await kb.about() == ((await server.get_meta())["version"], 1)
        for name in (later, foreign, kb.collection):
            delete(weaviate, name)
