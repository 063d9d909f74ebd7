"""
What the collections of a shared knowledge base are called, and the groups that fill them.

A collection is named by its *form*: the version of its objects and that of their vectors. A
consumer group of its own fills each form. So two versions of the product that differ in it fill
two collections side by side, each from all of `kb-articles`.
"""

from __future__ import annotations

import re

SCHEMA = 2
"""The version of its objects. Add one when they, or how articles are cut, change."""
VECTORS = "wordllama-l2-256"
"""The weights of the vectors in it. A test compares this with what embeds."""
FORM = f"TicketstreamKb{SCHEMA}" + VECTORS.title().replace("-", "")
"""The name of the collection without a prefix: `TicketstreamKb2WordllamaL2256`."""

_FIRST = "TicketstreamKb1"
"""How forms begin whose group bears no form's name: there was one group for all of them."""


def collection_name(prefix: str = "") -> str:
    """
    Return the name of this version's collection: FORM without a *prefix*.

    A prefix comes last, its characters that such a name cannot have as their code in hex.
    """
    return FORM + _ending(prefix)


def form_of(collection: str, prefix: str) -> str | None:
    """Return the form of *collection*; None if it is not one of ours with this *prefix*."""
    found = re.fullmatch(rf"(TicketstreamKb\d+[A-Za-z][A-Za-z0-9]*){_ending(prefix)}", collection)
    return found[1] if found else None


def indexer_of(form: str) -> str:
    """Return who fills collections of this *form*, as the consumer group is named for it."""
    is_first = re.match(rf"{_FIRST}(?!\d)", form)
    return "indexer" if is_first else f"indexer-{form}"


def _ending(prefix: str) -> str:
    own = re.sub(r"[^A-Za-z0-9]", lambda found: f"_{ord(found[0]):x}_", prefix)
    return f"_{own}" if own else ""
