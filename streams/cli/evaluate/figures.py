"""
Measured figures with their 95 % intervals.

A share has Wilson's interval, which holds at 0 of 20 and at 20 of 20, too. Means and percentiles
have a bootstrap's: the same measure of many samples drawn from the values, with replacement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95
SAMPLES = 2_000
"""Samples that a bootstrap draws. Their seed is fixed: the same values give the same interval."""
_Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)


@dataclass(frozen=True)
class Figure:
    """A measure of *of* cases, and where it is with 95 % confidence. None: nothing to measure."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    of: int


def share(name: str, holds: Iterable[bool]) -> Figure:
    """Return the share of cases for which something *holds*."""
    each = list(holds)
    if not each:
        return Figure(name, None, None, None, 0)
    low, high = wilson(sum(each), len(each))
    return Figure(name, round(sum(each) / len(each), 4), round(low, 4), round(high, 4), len(each))


def wilson(count: int, of: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of the share *count* of *of*, which is more than 0."""
    part, weight = count / of, _Z * _Z / of
    middle = part + weight / 2
    half = _Z * sqrt(part * (1 - part) / of + weight / of / 4)
    low, high = (middle - half) / (1 + weight), (middle + half) / (1 + weight)
    return (0.0 if count == 0 else low), (1.0 if count == of else high)


def mean(name: str, values: Sequence[float]) -> Figure:
    """Return the mean of *values*."""
    return _bootstrapped(name, values, lambda drawn: float(drawn.mean()))


def percentile(name: str, values: Sequence[float], percent: float) -> Figure:
    """Return the value that *percent* of *values* do not exceed."""
    return _bootstrapped(name, values, lambda drawn: float(np.percentile(drawn, percent)))


def _bootstrapped(
    name: str, values: Sequence[float], measured: Callable[[NDArray[np.float64]], float]
) -> Figure:
    if not values:
        return Figure(name, None, None, None, 0)
    there = np.array(values, dtype=np.float64)
    draw = np.random.default_rng(seed=1)
    found = [measured(draw.choice(there, size=len(there))) for _ in range(SAMPLES)]
    outside = (1 - CONFIDENCE) / 2 * 100
    low, high = np.percentile(found, [outside, 100 - outside])
    return Figure(
        name, _short(measured(there)), _short(float(low)), _short(float(high)), len(there)
    )


def _short(number: float) -> float:
    """Return *number* with four digits that count."""
    return float(f"{number:.4g}")
