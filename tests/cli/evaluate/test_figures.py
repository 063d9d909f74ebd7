"""Shares, means and percentiles, with their intervals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.cli.evaluate.figures import mean, percentile, share, wilson


@pytest.mark.parametrize(
    ("count", "of", "interval"),
    [  # Newcombe 1998, table I, method 3: the score interval
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0000, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ],
)
def test_wilson(count: int, of: int, interval: tuple[float, float]) -> None:
    """
    The interval of a share is that of the literature.
    """
    assert wilson(count, of) == pytest.approx(interval, abs=5e-5)


@given(st.lists(st.booleans(), min_size=1, max_size=300))
def test_a_share_lies_in_its_interval(holds: list[bool]) -> None:
    """
    A share is within its interval, which is within 0 and 1.
    """
    found = share("x", holds)

    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.of == len(holds)


def test_nothing_measured_is_no_figure() -> None:
    """
    Of no cases there is no share, mean or percentile: none is 0 by mistake.
    """
    for figure in (share("x", []), mean("x", []), percentile("x", [], 95)):
        assert (figure.value, figure.low, figure.high, figure.of) == (None, None, None, 0)


def test_the_bootstrap_covers_the_mean_of_a_normal_sample() -> None:
    """
    The interval of a mean is near the one by the normal distribution, and always the same.
    """
    values = [float(n % 20) for n in range(400)]
    found = mean("x", values)

    assert found.value == 9.5
    assert found.low == pytest.approx(9.5 - 1.96 * 5.766 / 20, abs=0.1)
    assert found.high == pytest.approx(9.5 + 1.96 * 5.766 / 20, abs=0.1)
    assert found == mean("x", values)


def test_percentiles() -> None:
    """
    Half of the values are at most p50, and 95 % at most p95.
    """
    values = [float(n) for n in range(101)]
    middle, high = percentile("p50", values, 50), percentile("p95", values, 95)

    assert (middle.value, high.value) == (50, 95)
    assert middle.low is not None
    assert middle.low < 50 < (middle.high or 0)
