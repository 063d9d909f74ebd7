"""What collections and the groups that fill them are called."""

from __future__ import annotations

import pytest

from streams.collection_names import FORM, VECTORS, collection_name, form_of, indexer_of
from streams.text import embedding

PREFIXES = ["", "a", "a-", "a.", "a_", "a_2d_", "_a", "A", "eu.staging-"]


def test_prefixes_that_differ_name_collections_that_differ() -> None:
    """
    Whatever a prefix is made of, it has a collection of its own, with a name that can be one.
    """
    names = {collection_name(prefix) for prefix in PREFIXES}

    assert len(names) == len(PREFIXES)
    assert all(name.replace("_", "").isalnum() for name in names)
    assert "TicketstreamKb2WordllamaL2256" in names


def test_vectors_are_those_that_are_made() -> None:
    """
    Other vectors are another form: vectors of different weights cannot be compared.
    """
    assert embedding.VERSION == VECTORS


@pytest.mark.parametrize("form", [FORM, "TicketstreamKb1WordllamaL2256", "TicketstreamKb31NewL2"])
def test_only_collections_of_ones_own_prefix_are_ones_own(form: str) -> None:
    """
    Of each form the collection is known by its name, and never that of another prefix.
    """
    names = {collection_name(prefix).replace(FORM, form): prefix for prefix in PREFIXES}
    for name, owner in names.items():
        found = {prefix: form_of(name, prefix) for prefix in PREFIXES}
        assert {prefix for prefix, one in found.items() if one} == {owner}
        assert found[owner] == form


@pytest.mark.parametrize(
    "name", ["TicketstreamKb", "TicketstreamKb2", "Ticketstream2Kb", "Documents", FORM + "_", ""]
)
def test_a_name_that_is_no_collections(name: str) -> None:
    """
    A collection whose name we do not give is not one of ours.
    """
    assert form_of(name, "") is None


def test_each_form_is_filled_by_a_group_of_its_own() -> None:
    """
    Workers of version 0.1 are in a group without a form, which stays theirs.
    """
    forms = ["TicketstreamKb1WordllamaL2256", FORM, "TicketstreamKb10WordllamaL2256"]

    assert [indexer_of(form) for form in forms] == [
        "indexer",
        f"indexer-{FORM}",
        "indexer-TicketstreamKb10WordllamaL2256",
    ]
