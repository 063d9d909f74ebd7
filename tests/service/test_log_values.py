"""What of a value may be loggable in a log."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

import pytest
from aiokafka.errors import KafkaConnectionError
from aiokafka.structs import TopicPartition

from streams.errors import Unavailable
from streams.service.log_values import has_our_words, loggable

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


@pytest.mark.parametrize(
    ("error", "ours"),
    [
        (Unavailable("the model is away"), True),
        (KafkaConnectionError("at b:1"), True),
        (FileNotFoundError(2, "No such file", "/x"), True),
        (OSError(ValueError("words of a customer")), False),
        (OSError(Path("/x"), b"words"), False),
        (ValueError("words of a customer"), False),
    ],
)
def test_whose_words_are_ours(error: Exception, ours: bool) -> None:
    """
    An exception of ours, Kafka or the system has no customer's words, unless it was given them.
    """
    assert has_our_words(error) is ours
