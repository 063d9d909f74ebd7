"""What a client of a server is made of."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streams.backends.openai.model import LanguageModel
from streams.errors import ConfigurationError


@pytest.mark.parametrize(
    "url", ["http://[1.2]/v1", "http://[:]/v1", "http://[1:2:3:4:5:6:7:8:9]/v1"]
)
async def test_an_address_that_is_none(make: Callable[..., LanguageModel], url: str) -> None:
    """
    What has the form of an address and is none is told at the start, with the setting.
    """
    with pytest.raises(ConfigurationError, match="TICKETSTREAM_OPENAI_BASE_URL"):
        make(openai_base_url=url)
