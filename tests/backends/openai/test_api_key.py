"""The API key, as a setting and as a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from streams.backends.openai.model import LanguageModel
from streams.errors import ConfigurationError, Refused
from tests.backends.openai.asking import asked
from tests.support.llm import LlmServer


async def test_an_expired_key_is_replaced_while_running(
    llm: LlmServer, make: Callable[..., LanguageModel], tmp_path: Path
) -> None:
    """
    A key in a file is read again when the file has changed.
    """
    file = tmp_path / "key"
    file.write_text("sk-old\n")
    llm.keys = {"sk-old"}
    model = make(openai_api_key_file=file)
    await asked(model)
    llm.keys = {"sk-new"}
    with pytest.raises(Refused):
        await asked(model)
    file.write_text("sk-new\n")
    model.guard.breaker._until = 0.0  # the pause is over
    await asked(model)
    assert model.guard.status == "healthy"


async def test_a_key_file_that_is_gone_for_a_moment(
    llm: LlmServer, make: Callable[..., LanguageModel], tmp_path: Path
) -> None:
    """
    The last key stays in use; at the start, a file that cannot be read is an error.
    """
    file = tmp_path / "key"
    with pytest.raises(ConfigurationError, match="KEY_FILE"):
        make(openai_api_key_file=file)
    file.write_text("sk-old")
    model = make(openai_api_key_file=file)
    file.unlink()
    await asked(model)
    assert llm.calls[-1].headers["authorization"] == "Bearer sk-old"


@pytest.mark.parametrize("key", ["sk-\N{EN DASH}1", "sk 1", "sk-1\nsk-2", "\0"])
async def test_what_can_be_no_key_is_refused_at_the_start(
    make: Callable[..., LanguageModel], tmp_path: Path, key: str
) -> None:
    """
    The error names the setting and not the key.
    """
    file = tmp_path / "key"
    file.write_text(key)
    for settings in ({"openai_api_key": SecretStr(key)}, {"openai_api_key_file": file}):
        with pytest.raises(ConfigurationError, match="TICKETSTREAM_OPENAI_API_KEY") as error:
            make(**settings)
        assert "sk" not in str(error.value)


@pytest.mark.parametrize("written", ["sk-test\n", " sk-test ", "\ufeffsk-test\r\n"])
async def test_blanks_around_a_key_are_not_its_own(
    llm: LlmServer, make: Callable[..., LanguageModel], tmp_path: Path, written: str
) -> None:
    """
    Secrets are often saved with a line's end, or a mark of their encoding.
    """
    llm.keys = {"sk-test"}
    file = tmp_path / "key"
    file.write_text(written)
    await asked(make(openai_api_key_file=file))
    await asked(make(openai_api_key=SecretStr(written.lstrip("\ufeff"))))
