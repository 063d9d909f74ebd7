"""The name of the collection."""

from __future__ import annotations

from streams.backends.weaviate.collection import collection_name


def test_prefixes_that_differ_name_collections_that_differ() -> None:
    """
    Whatever a prefix is made of, it has a collection of its own, with a name that can be one.
    """
    prefixes = ["", "a", "a-", "a.", "a_", "a_2d_", "A"]
    names = {collection_name(prefix) for prefix in prefixes}

    assert len(names) == len(prefixes)
    assert all(name.replace("_", "").isalnum() for name in names)
    assert "TicketstreamKb1WordllamaL2256" in names
