"""Errors: sorted by what is done about them, and without a customer's words."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError, field_validator

from streams.errors import (
    BadAnswer,
    ConfigurationError,
    RateLimited,
    Refused,
    TicketError,
    Unavailable,
    Unprocessable,
    causes,
    fields_at_fault,
    reason_of,
)

SECRET = "4111 1111 1111 1111"


class Inner(BaseModel):
    """A part with a rule of our own."""

    size: int

    @field_validator("size")
    @classmethod
    def even(cls, size: int) -> int:
        """Return *size*, if it is even."""
        if size % 2:
            raise ValueError("should be even")
        return size


class Outer(BaseModel):
    """What has parts."""

    name: str
    parts: list[Inner] = []


def error_of(given: object) -> ValidationError:
    """Return what is wrong with *given*."""
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate(given)
    return caught.value


def test_who_waits_and_who_does_not() -> None:
    """
    What is away is waited for, whether it limits or refuses us; what is at fault itself is not,
    and a mistake in a setting is none of a ticket's.
    """
    assert issubclass(RateLimited, Unavailable)
    assert issubclass(Refused, Unavailable)
    assert not issubclass(Unprocessable, Unavailable)
    assert not issubclass(BadAnswer, Unavailable)
    assert all(issubclass(kind, TicketError) for kind in (Unavailable, Unprocessable, BadAnswer))
    assert not issubclass(ConfigurationError, TicketError)


@pytest.mark.parametrize("kind", [Unavailable, RateLimited, Refused, ConfigurationError])
def test_what_is_wrong_and_how_to_mend_it(kind: type[Unavailable | ConfigurationError]) -> None:
    """
    One sentence has both; each can be had by itself, as `check` shows them.
    """
    both = kind("Kafka does not answer", mend="start it")

    assert str(both) == "Kafka does not answer: start it"
    assert (both.detail, both.mend) == ("Kafka does not answer", "start it")
    assert str(kind("Kafka does not answer")) == "Kafka does not answer"


def test_how_long_to_wait() -> None:
    """
    Zero seconds is an answer, and no answer is not zero.
    """
    assert RateLimited("", retry_after=0.0).retry_after == 0
    assert RateLimited("").retry_after is None


def test_the_place_and_the_reason() -> None:
    """
    Each fault is named by its place, in the rule's own words, without what was there.
    """
    found = fields_at_fault(error_of({"name": None, "parts": [{"size": 2}, {"size": 3}, SECRET]}))

    assert found == (
        "name: Input should be a valid string; parts.1.size: should be even;"
        " parts.2: Input should be a valid dictionary or instance of Inner"
    )


def test_what_is_no_object() -> None:
    """
    A message that is wrong as a whole has no place inside.
    """
    found = fields_at_fault(error_of(SECRET))

    assert found.startswith("message: ")
    assert SECRET not in found


@pytest.mark.parametrize(("faults", "more"), [(10, ""), (11, "; and 1 more"), (500, "490 more")])
def test_many_faults(faults: int, more: str) -> None:
    """
    Ten are named and the rest are counted, so that a message's size is not an error's.
    """
    found = fields_at_fault(error_of({"name": "a", "parts": [{"size": 1}] * faults}))

    assert found.count("should be even") == 10
    assert found.endswith(more)
    assert ("more" in found) is bool(more)


def test_a_reason_in_our_words() -> None:
    """
    A library's words in front of ours are left out; its own reasons stay.
    """
    ours, theirs = error_of({"name": 1, "parts": [{"size": 1}]}).errors()[::-1]

    assert reason_of(ours) == "should be even"
    assert reason_of(theirs) == "Input should be a valid string"


def test_what_an_error_came_from() -> None:
    """
    All of it is found, from the error itself to the first: what was raised from another one, and
    while another one was handled, also where the traceback does not show it.
    """
    first, second, third, last = (OSError(str(n)) for n in range(4))
    last.__cause__ = third
    third.__context__ = second
    second.__context__, second.__suppress_context__ = first, True

    assert list(causes(last)) == [last, third, second, first]
    assert list(causes(first)) == [first]
