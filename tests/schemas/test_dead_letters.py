"""What a dead letter says in its headers: one writer, one reader."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from schemas.dead_letters import (
    MOST_SAID,
    Failure,
    as_they_came,
    error_headers,
    failure,
    is_mark,
    letters,
)
from schemas.envelope import Headers

CAME = [("error-stage", b"forged"), ("ce_id", b"1"), ("error-value-omitted", b"5"), ("ce_id", b"2")]
"""What a publisher may have set."""
ERRORS = error_headers(
    stage="triage",
    error_class="Unprocessable",
    reason="raw_message: Field required",
    attempts=2,
    origin_topic="incoming-tickets",
    origin=(3, 14),
    at=datetime(2026, 1, 1, tzinfo=UTC),
)


@pytest.mark.parametrize("came", [[], CAME])
def test_a_letter_says_what_was_written(came: Headers) -> None:
    """
    A reader finds how the message failed, and its own headers, whatever its publisher set.
    """
    whole, without_value, without_headers, without_key = letters(b"key", b"value", came, ERRORS)

    for _, value, headers in (whole, without_value, without_headers, without_key):
        assert failure(headers) == Failure(
            stage="triage",
            error_class="Unprocessable",
            reason="raw_message: Field required",
            attempts=2,
            origin_topic="incoming-tickets",
            origin=(3, 14),
            value_omitted=None if value else 5,
        )
        assert not is_mark(headers)
    assert [as_they_came(one[2]) for one in (whole, without_value)] == [came, came]
    assert as_they_came(without_headers[2]) == as_they_came(without_key[2]) == []


@pytest.mark.parametrize("key", [b"key", None])
def test_a_letter_has_a_key_or_a_value(key: bytes | None) -> None:
    """
    Kafka's clients refuse a message without either.
    """
    for key_there, value, _ in letters(key, b"value", [], ERRORS):
        assert key_there is not None or value is not None


def test_headers_of_anybody() -> None:
    """
    What headers say is cut, and what is no number is not told.
    """
    names = ("error-stage", "error-class", "error-message", "origin-topic")
    numbers = ("error-attempts", "origin-partition", "origin-offset", "error-value-omitted")
    said = [b"x" * 1_000_000] * len(names) + [b"", b"-1", b"9" * 19, b"\xb2"]
    found = failure(list(zip((*names, *numbers), said, strict=True)))

    cut = "x" * MOST_SAID
    assert found == Failure(cut, cut, cut, None, cut, None, None)
