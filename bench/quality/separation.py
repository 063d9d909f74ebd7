"""How well a score tells the right from the wrong."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Scores = Sequence[float] | NDArray[np.float64]


def auc(right: Scores, wrong: Scores) -> float:
    """Return how often one of *right* is higher than one of *wrong*, 0 to 1; a tie is a half."""
    differences = np.subtract.outer(np.array(right), np.array(wrong))
    return float((differences > 0).mean() + 0.5 * (differences == 0).mean())
