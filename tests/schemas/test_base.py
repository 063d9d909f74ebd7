"""What is true of every event: it never changes, and loses nothing that it does not know."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.base import WORD, Event, Word
from tests.support.generated import values


class Small(Event):
    """An event of one field."""

    a: int


class Large(Small):
    """What it grows to."""

    b: str
    c: tuple[Small, ...] = ()


class Worded(Event):
    """An event of one word."""

    word: Word


def test_an_event_never_changes() -> None:
    """
    Nobody who was given an event can change what others see of it.
    """
    event = Small(a=1)

    with pytest.raises(ValidationError):
        event.a = 2  # type: ignore[misc]
    with pytest.raises(ValidationError):
        event.unknown = 2  # type: ignore[attr-defined]


@given(unknown=st.dictionaries(st.text().map("x{}".format), values))
def test_what_is_unknown_travels_on(unknown: dict[str, Any]) -> None:
    """
    An older worker never deletes what a newer one wrote, whatever it is called.
    """
    small = Small.model_validate({"a": 1, **unknown})

    grown = Large.grown(small, b="b")

    assert grown.model_extra == small.model_extra
    assert json.loads(grown.model_dump_json()).keys() == {"a", "b", "c", *unknown}


def test_what_grows_keeps_its_parts() -> None:
    """
    Parts that are there stay as they are, those inside others too; a given part comes before them.
    """
    inner = Small.model_validate({"a": 2, "x": 3})
    large = Large(a=1, b="b", c=(inner,))

    assert Large.grown(large) == large
    assert Large.grown(large, b="new").c == (inner,)
    assert Large.grown(large, b="new").b == "new"
    assert large.b == "b"


def test_a_part_that_is_missing_is_an_error() -> None:
    """
    What does not make a whole event is none.
    """
    with pytest.raises(ValidationError):
        Large.grown(Small(a=1))
    with pytest.raises(ValidationError):
        Large.grown(Small(a=1), b=7)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_is_written_is_json(number: float) -> None:
    """
    A number that JSON does not have becomes null, which any reader can read.
    """
    assert json.loads(Small.model_validate({"a": 1, "x": number}).model_dump_json())["x"] is None


@pytest.mark.parametrize(
    "word", ["a", "auto_reply", "Brand:New", "v1.2", "a/b+c-d", "x" * 64, "7 b"]
)
def test_a_word_of_a_newer_version_is_taken(word: str) -> None:
    """
    A value that nobody knows yet is carried on.
    """
    assert Worded(word=word).word == word


@pytest.mark.parametrize(
    "word", ["", " a", "_a", "x" * 65, "a\n", "a\x00", "a,b", "ä", "<b>", "[KB-1]", None, 7]
)
def test_what_is_no_word_is_refused(word: Any) -> None:
    """
    Text, markup and controls are no value: it may be shown and logged.
    """
    with pytest.raises(ValidationError):
        Worded(word=word)


@given(word=st.from_regex(WORD, fullmatch=True) | st.text(max_size=5))
def test_a_word_is_the_same_by_either_reader(word: str) -> None:
    """
    Python's reading of the pattern is that of the validator.
    """
    try:
        Worded(word=word)
        is_taken = True
    except ValidationError:
        is_taken = False

    assert is_taken is bool(re.fullmatch(WORD, word))
