"""
Sentence vectors by WordLlama: 256 dimensions, in process, no download.

https://github.com/dleemiller/WordLlama. The weights ship in its wheel, but its plain
`load()` looks for them in another folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import wordllama
from numpy.typing import NDArray

DIMENSIONS = 256
VERSION = "wordllama-l2-256"
"""Names the weights. Vectors of different versions cannot be compared."""

Vectors = NDArray[np.float32]


def embed(texts: Sequence[str]) -> Vectors:
    """Return the unit vectors of *texts*, shape (len(texts), 256). Empty text is all zeros."""
    if not texts:
        return np.zeros((0, DIMENSIONS), dtype=np.float32)
    found: Vectors = np.asarray(_model().embed(list(texts)), dtype=np.float32)
    length = np.linalg.norm(found, axis=1, keepdims=True)
    unit: Vectors = np.divide(found, length, out=np.zeros_like(found), where=length > 0)
    return unit


@cache
def _model() -> Any:
    """Return the model. Loading it takes half a second and about 130 MB."""
    folder = Path(wordllama.__file__).parent
    return wordllama.WordLlama.load(cache_dir=folder, disable_download=True)
