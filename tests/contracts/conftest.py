"""What more than one contract needs."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from streams.backends import guard
from tests.support.llm import LlmServer


@pytest.fixture
async def llm(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LlmServer]:
    """Return a running language model's server; between tries nobody waits long."""
    monkeypatch.setattr(guard, "FIRST_WAIT", 0.01)
    async with LlmServer() as server:
        yield server
