"""The collection's properties."""

from __future__ import annotations

import pytest

from tests.support.weaviate import RealWeaviate, connected

pytestmark = pytest.mark.real


async def test_what_is_only_shown_has_no_index(weaviate: RealWeaviate) -> None:
    """
    The lines of a chunk come along with it; no search and no filter looks into them.
    """
    async with connected(weaviate) as kb:
        await kb.edition()
        server = await kb._client.connected()
        config = await server.collections.use(kb.collection).config.get()
        properties = {one.name: one for one in config.properties}

    assert properties["lines"].data_type == "text"
    indexes = {
        name
        for name, one in properties.items()
        if one.index_filterable or one.index_searchable or one.index_range_filters
    }
    assert indexes == {
        *("article", "doc_id", "readers", "number", "expires"),
        *("title_stems", "text_stems"),
    }
