"""Secrets of the settings, and the files that have them."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from streams.credential import Credential, without_blanks
from streams.errors import ConfigurationError
from streams.settings import Settings

SECRETS = [
    name
    for name, field in Settings.model_fields.items()
    if "SecretStr" in str(field.annotation) and f"{name}_file" in Settings.model_fields
]


def test_every_secret_of_kafka_may_come_from_a_file() -> None:
    """
    A secret in the environment is seen by whoever may see the environment, so files are better.
    """
    assert set(SECRETS) >= {"kafka_password", "kafka_key_password", "kafka_oauth_client_secret"}


@pytest.mark.parametrize("field", [name for name in SECRETS if name != "api_keys"])
def test_the_file_is_preferred(tmp_path: Path, field: str) -> None:
    """
    A file is preferred to the setting, and read again when it changes.
    """
    file = tmp_path / "secret"
    file.write_text("in-the-file\n")
    given = {field: SecretStr("in-the-setting")}

    assert Credential(Settings.model_validate(given), field).current() == "in-the-setting"
    found = Credential(Settings.model_validate({**given, f"{field}_file": file}), field)
    assert found.current() == "in-the-file"
    assert found.name == f"TICKETSTREAM_{field.upper()}_FILE"
    file.write_text("changed")
    assert found.current() == "changed"


def test_no_secret() -> None:
    """
    A secret that is nowhere is empty.
    """
    assert Credential(Settings(), "kafka_password").current() == ""


@pytest.mark.parametrize("written", ["pass word ", "pass word \n", "\ufeffpass word \r\n"])
def test_blanks_are_part_of_a_password(tmp_path: Path, written: str) -> None:
    """
    The end of a line, and a mark of the encoding, are not.
    """
    file = tmp_path / "secret"
    file.write_text(written)

    found = Credential(Settings(kafka_password_file=file), "kafka_password")

    assert found.current() == "pass word "


@pytest.mark.parametrize("written", ["", "\n", "hunter2\nhunter3", "hunter\x00"])
def test_what_is_no_secret(tmp_path: Path, written: str) -> None:
    """
    An empty file, several lines and control characters are refused; the error shows none of it.
    """
    file = tmp_path / "secret"
    file.write_text(written)

    with pytest.raises(ConfigurationError, match="TICKETSTREAM_KAFKA_PASSWORD_FILE") as error:
        Credential(Settings(kafka_password_file=file), "kafka_password")
    assert "hunter" not in str(error.value)


def test_a_key_for_a_header() -> None:
    """
    Blanks around a key are not its own, and within it they are refused.
    """
    settings = Settings(openai_api_key=SecretStr(" sk-1 "))
    assert Credential(settings, "openai_api_key", without_blanks).current() == "sk-1"

    with pytest.raises(ConfigurationError, match="TICKETSTREAM_OPENAI_API_KEY"):
        Credential(Settings(openai_api_key=SecretStr("sk 1")), "openai_api_key", without_blanks)
