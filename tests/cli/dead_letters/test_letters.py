"""What `list`, `show` and `replay` say alike of letters."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from streams.cli.dead_letters.letters import place, row_of, why_none
from streams.cli.dead_letters.register import Filter, Letter, Mark, Register
from streams.errors import ConfigurationError

AT = datetime(2026, 11, 23, 9, 40, tzinfo=UTC)
LETTER = Letter((7, 1204), AT, "T-1", "triage", "KeyError", "a bug", 3, "incoming", (2, 5), None)


def a_register(*seen: tuple[str, str]) -> Register:
    """Return a register that has seen letters of these stages and classes."""
    register = Register(None, lambda letter: False)
    register.seen.update(seen)
    return register


@pytest.mark.parametrize(("asked", "found"), [("7-1204", (7, 1204)), ("0-0", (0, 0))])
def test_an_id_is_a_place(asked: str, found: tuple[int, int]) -> None:
    """
    The ID that a person types is the letter's partition and offset.
    """
    assert place(asked) == found


@pytest.mark.parametrize(
    "asked", ["", "7", "-", "7-", "-7", "7-1-2", "7 - 1", "a-b", "1-\u0663", "7-" + "9" * 19]
)
def test_what_is_no_id(asked: str) -> None:
    """
    What is no ID is said, with the command that shows them.
    """
    with pytest.raises(ConfigurationError, match="is not the ID of a dead letter") as caught:
        place(asked)
    assert "dead-letters list" in str(caught.value)


def test_why_there_are_none() -> None:
    """
    No letter at all, none since then, and none that matches are three different answers.
    """
    assert why_none(a_register(), Filter()) == "there are no dead letters"
    assert why_none(a_register(), Filter(since=AT)) == "there are no dead letters since then"
    some = a_register(("triage", "KeyError"), ("policy", "KeyError"), ("policy", "Deadly"))
    assert why_none(some, Filter(stages=("drafting",))) == (
        "none of 3 dead letters matches;"
        " they are of the stages policy, triage and the classes Deadly, KeyError"
    )


def test_many_letters_are_counted_and_named_once() -> None:
    """
    A thousand letters of a kind name it once.
    """
    said = why_none(a_register(*[("triage", "KeyError")] * 1234), Filter(classes=("Other",)))

    assert said.startswith("none of 1,234 dead letters matches")
    assert said.count("KeyError") == 1


def test_what_a_program_reads() -> None:
    """
    A row has what is known of a letter and of its replay, and no value.
    """
    assert row_of(LETTER, Mark("incoming", "2026-11-24")) == {
        "id": "7-1204",
        "at": "2026-11-23T09:40:00+00:00",
        "key": "T-1",
        "stage": "triage",
        "class": "KeyError",
        "reason": "a bug",
        "attempts": 3,
        "origin_topic": "incoming",
        "origin_partition": 2,
        "origin_offset": 5,
        "replay_of": None,
        "replayed_at": "2026-11-24",
        "replayed_to": "incoming",
    }


def test_a_letter_that_says_nothing() -> None:
    """
    A row has the same fields when the letter does not say where it came from.
    """
    bare = Letter((0, 0), AT, None, None, None, None, None, None, None, None)

    row = row_of(bare, None)

    assert row.keys() == row_of(LETTER, None).keys()
    assert (row["origin_partition"], row["replayed_at"]) == (None, None)
