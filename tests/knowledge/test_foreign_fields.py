"""What other tools' fields say of who may read a page, whatever is in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.knowledge.foreign_fields import leaves_open, says_not_public
from tests.support.generated import values

DAY = timedelta(days=1)


@given(
    name=st.sampled_from(["visibility", "status", "published", "date", "tags", "x"]), value=values
)
def test_any_value_is_judged(name: str, value: object) -> None:
    """
    Whatever a field holds, it is judged, and a field of another kind says nothing.
    """
    judged = says_not_public(name, value) or leaves_open(name, value)

    assert not (name == "x" and judged)


@pytest.mark.parametrize("name", ["published", "publishDate", "article:published_time", "date"])
def test_a_page_is_out_from_its_date(name: str) -> None:
    """
    A date in the future keeps a page back, and one in the past does not.
    """
    now = datetime.now(UTC)

    assert says_not_public(name, (now + DAY).isoformat())
    assert not says_not_public(name, (now - DAY).isoformat())
    assert not leaves_open(name, (now - DAY).date().isoformat())


@pytest.mark.parametrize(
    "value", ["public", "Everyone", "all users", ["customers", "guests"], True]
)
def test_what_means_everybody(value: object) -> None:
    """
    Usual words for everybody leave no doubt.
    """
    assert not says_not_public("visibility", value)
    assert not leaves_open("visibility", value)
    assert leaves_open("visibility", [value, "level 3"])
