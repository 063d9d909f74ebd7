"""What of a value may be loggable in a log."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError
from aiokafka.structs import TopicPartition

from streams.errors import Unavailable
from streams.service.log_values import loggable, loggable_reason

POSITION = {TopicPartition("t", 0): 5}


@pytest.mark.parametrize(
    ("value", "as_shown"),
    [
        ("text", "text"),
        (None, None),
        (1.5, 1.5),
        ([1, (True,)], [1, (True,)]),
        (POSITION, POSITION),
        (OrderedDict(a=[ValueError("x")]), {"a": ["ValueError"]}),
        (b"abc", "3 bytes"),
        (object(), "object"),
        ([[object]], [[object]]),
    ],
)
def test_values(value: object, as_shown: object) -> None:
    """
    What describes itself alone is loggable as it is, of other things the class.
    """
    assert loggable(value) == as_shown


def test_keys_for_json_are_text() -> None:
    """
    JSON takes no other key, at any depth.
    """
    assert loggable({"a": POSITION}, as_json=True) == {
        "a": {"TopicPartition(topic='t', partition=0)": 5}
    }


class Row(dict[str, str]):
    """A row of a database that loads its columns when somebody asks for them."""

    def items(self) -> Any:
        """Fail as a row of a closed connection does."""
        raise RuntimeError("connection is closed")


class Rows(list[str]):
    """Rows that are loaded when somebody goes through them."""

    def __iter__(self) -> Any:
        raise RuntimeError("connection is closed")


@pytest.mark.parametrize("value", [Row(a="x"), Rows("x"), {"row": Row()}, [Rows()]])
def test_what_cannot_be_looked_at(value: object) -> None:
    """
    A log line that works for Python's own handlers raises nothing with ours.
    """
    assert "Row" in str(loggable(value))


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Unavailable("the model is away"), "the model is away"),
        (
            KafkaConnectionError("No connection to broker at b:1"),
            "KafkaConnectionError: No connection to broker at b:1",
        ),
        (FileNotFoundError(2, "words", "words"), "ENOENT (No such file or directory)"),
        (OSError("words of a customer"), None),
        (OSError(ValueError("words of a customer")), None),
        (ValueError("words of a customer"), None),
    ],
)
def test_what_of_an_exceptions_words_is_shown(error: Exception, reason: str | None) -> None:
    """
    The words are shown that we wrote, and what the system and aiokafka tell by themselves.
    """
    assert loggable_reason(error) == reason


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (ConnectionRefusedError(111, "words"), "ConnectionRefusedError: ECONNREFUSED"),
        (KafkaConnectionError("words"), "KafkaConnectionError"),
        (OSError("words"), "OSError"),
    ],
)
def test_an_exception_in_a_list(error: Exception, shown: str) -> None:
    """
    An exception is shown by its class and its reason at any depth.
    """
    found = str(loggable([error]))
    assert found.startswith(f"['{shown}")
    assert "words" not in found
