"""Every override of a private part says which upstream issue it waits for."""

from __future__ import annotations

import inspect
import re

import pytest

from streams.faust_driver.app import StageApp
from streams.faust_driver.consumer import Consumer
from streams.faust_driver.consumer_thread import ConsumerThread
from streams.faust_driver.group_member import Member, StaticMember

MARK = re.compile(r"# Upstream: ([\w.-]+/[\w.-]+#\d+|no issue is known): \S")
OVERRIDES = [
    pytest.param(owner, name, id=f"{owner.__name__}.{name}")
    for owner in (Consumer, ConsumerThread, Member, StageApp, StaticMember)
    for name, value in vars(owner).items()
    if inspect.isfunction(value) and name != "__init__" and hasattr(super(owner, owner), name)
]


@pytest.mark.parametrize(("owner", "name"), OVERRIDES)
def test_an_override_says_what_it_waits_for(owner: type, name: str) -> None:
    """
    Whoever reads it learns the issue that would let it go, or that none is known.
    """
    assert MARK.search(inspect.getcomments(getattr(owner, name)) or "")


def test_there_are_overrides() -> None:
    """
    The list is not empty because something was renamed.
    """
    assert len(OVERRIDES) > 25
