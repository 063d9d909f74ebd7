"""
Sentence vectors of WordLlama: 256 dimensions, in process, no download.

https://github.com/dleemiller/WordLlama. A text's vector is the mean of its tokens' vectors.
The weights and the tokenizer ship in its wheel; we read them from there and do the rest
ourselves, ten times faster than its `embed`, which cuts a text as one piece and pads batches,
and without its import, which sets up the root logger. A test compares the two.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

DIMENSIONS = 256
VERSION = "wordllama-l2-256"
"""Names the weights. Vectors of different versions cannot be compared."""
CACHED_TEXTS = 512
"""Texts whose vectors are kept: the stages of a ticket ask for the same ones."""
CACHED_PIECES = 32_768
"""Words whose tokens are kept: some 250 bytes each."""

Vector = NDArray[np.float32]
Vectors = NDArray[np.float32]


def embed(texts: Sequence[str]) -> Vectors:
    """Return the unit vectors of *texts*, shape (len(texts), 256). Empty text is all zeros."""
    if not texts:
        return np.zeros((0, DIMENSIONS), dtype=np.float32)
    return np.array([vector(text) for text in texts])


@lru_cache(maxsize=CACHED_TEXTS)
def vector(text: str) -> Vector:
    """Return the unit vector of *text*, shape (256,), read-only. Empty text is all zeros."""
    whole: Vector = np.add.reduce(_model().weights.take(token_ids(text), axis=0), axis=0)
    length = math.sqrt(whole.dot(whole))
    if length > 0:
        whole /= length
    whole.setflags(write=False)
    return whole


def cosines(vectors: Vectors, one: Vector) -> Vector:
    """
    Return the cosine of each row of *vectors* and *one*, all of them unit vectors.

    Not `@`: on a busy machine the threads of BLAS wait four times as long as this takes.
    """
    found: Vector = np.einsum("ij,j->i", vectors, one)
    return found


def token_ids(text: str) -> list[int]:
    """
    Return the places in the vocabulary, 0 to 31,999, of *text*'s tokens.

    The vocabulary is in the order in which its pieces were learnt, so roughly in that of
    their frequency. Nothing in *text* is read as a token with a meaning of its own, `</s>` say.
    """
    pieces = _PIECE.findall(f" {text}") if text else []
    short = max(map(len, pieces), default=0) <= _LONGEST_KEPT
    return list(chain.from_iterable(map(_kept_ids if short else _ids, pieces)))


_PIECE = re.compile(r" *[^ \n]+| +|\n")
"""No token goes on over a space or a new line, so text may be cut there; it starts with a space."""
_LONGEST_KEPT = 64  # characters; a longer word hardly comes again, and could take much room


def _ids(piece: str) -> tuple[int, ...]:
    marked = piece.replace(" ", "▁")  # as the vocabulary writes it
    return tuple(token.id for token in _model().cutter.tokenize(marked))


_kept_ids = lru_cache(maxsize=CACHED_PIECES)(_ids)


@dataclass(frozen=True)
class _Model:
    cutter: Any  # tokenizers.models.BPE
    weights: Vectors  # of the vocabulary, shape (32_000, 256)


def load_embedding() -> None:
    """Load what the first vector would wait for. It takes a tenth of a second and 50 MB."""
    _model()


@cache
def _model() -> _Model:
    """Return the model, which is loaded once."""
    package = find_spec("wordllama")
    assert package is not None  # noqa: S101
    assert package.origin is not None  # noqa: S101
    folder = Path(package.origin).parent
    tokenizer = Tokenizer.from_file(
        str(folder / "tokenizers" / "l2_supercat_tokenizer_config.json")
    )
    weights = load_file(folder / "weights" / "l2_supercat_256.safetensors")["embedding.weight"]
    return _Model(tokenizer.model, weights.astype(np.float32))
