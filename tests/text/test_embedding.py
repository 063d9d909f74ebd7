"""Sentence vectors: those of WordLlama, and nothing set up that is not ours."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.text.embedding import DIMENSIONS, embed, token_ids


@cache
def wordllama() -> Any:
    """Return WordLlama as its makers load it."""
    import wordllama

    folder = Path(wordllama.__file__).parent
    return wordllama.WordLlama.load(cache_dir=folder, disable_download=True)


PIECES = st.sampled_from([" ", "  ", "\n", "\r\n", "▁", ". ", "invoice", "Rückgabe", "日本", "🎉"])


@settings(deadline=None)  # the first one loads two models
@given(st.lists(PIECES | st.text(max_size=8)).map("".join))
def test_the_vectors_are_those_of_wordllama(text: str) -> None:
    """
    A text's vector is WordLlama's own, as a unit vector, whatever the text.
    """
    theirs = wordllama().embed([text])[0]
    length = np.linalg.norm(theirs)

    assert embed([text])[0] == pytest.approx(theirs / (length or 1), abs=1e-6)


def test_a_token_with_a_meaning_of_its_own_is_text() -> None:
    """
    What a customer writes is never one of the marks that a tokenizer gives a meaning to.
    """
    assert len(token_ids("</s>")) > 1


def test_a_batch_has_a_row_for_each_text() -> None:
    """
    Rows come in the order of the texts; an empty text is all zeros.
    """
    found = embed(["refund", "", "invoice"])

    assert found.shape == (3, DIMENSIONS)
    assert np.linalg.norm(found, axis=1) == pytest.approx([1, 0, 1], abs=1e-6)
    assert found[2] == pytest.approx(embed(["invoice"])[0])
    assert embed([]).shape == (0, DIMENSIONS)


def test_logging_is_left_alone() -> None:
    """
    Making vectors gives the root logger no handler, so each message is logged once.
    """
    program = (
        "import logging; from streams.text.embedding import embed; embed(['refund']);"
        "assert not logging.root.handlers"
    )

    subprocess.run([sys.executable, "-c", program], check=True)
