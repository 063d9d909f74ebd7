"""Inline citations: read, removed and written."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.text.citations import cite, cited, uncited


@given(st.text(st.characters(exclude_characters="[]"), min_size=1))
def test_citing_keeps_the_words(sentence: str) -> None:
    """
    A sentence without its citation is the sentence as it was.
    """
    marked = cite(sentence, "KB-1")

    assert cited(marked) == ("KB-1",)
    assert uncited(marked) == sentence.rstrip()
