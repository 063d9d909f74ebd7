"""What tests of the wrappers share."""

from __future__ import annotations

import pytest


class Clock:
    """A clock that a test sets."""

    now = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Return the breaker's clock."""
    return Clock()
