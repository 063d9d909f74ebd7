"""What is committed of a partition, and what the next worker reads in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.delivery.position import Position


@given(
    offset=st.integers(0, 2**40),
    lengths=st.lists(st.integers(1, 10_000), max_size=2_000),
)
def test_finished_offsets_fit_into_the_metadata(offset: int, lengths: list[int]) -> None:
    """
    What has room is read as it was written, the nearest first; the rest is done again.
    """
    finished, at = [], offset
    for gap, length in zip(lengths[::2], lengths[1::2], strict=False):
        finished.append(range(at + gap, at + gap + length))
        at += gap + length
    position = Position(offset, True, 2, offset, offset, tuple(finished))

    assert len(position.metadata) <= 4_096
    found = Position.from_commit(offset, position.metadata).finished
    assert found == position.finished[: len(found)]
    assert len(found) == len(finished) or len(position.metadata) > 3_400


@pytest.mark.parametrize(
    "metadata",
    [
        *("", "{}", "mine", "[1]", '{"deaths": 2}'),
        *('{"at": 7, "deaths": -1}', '{"at": 7, "working": "x"}', '{"at": 7, "done": [-1, 2]}'),
    ],
)
def test_metadata_that_others_wrote_says_nothing(metadata: str) -> None:
    """
    An operator's tool may commit whatever it likes beside an offset.
    """
    assert Position.from_commit(7, metadata) == Position(7)


def test_a_newer_version_may_write_more() -> None:
    """
    What this version knows is read, the rest is passed over.
    """
    metadata = '{"at": 7, "deaths": 2, "colour": "red"}'

    assert Position.from_commit(7, metadata) == Position(7, deaths=2)


def test_a_note_that_was_carried_elsewhere_says_nothing() -> None:
    """
    A tool that copies groups to another cluster translates the offset, and not what stands beside.
    """
    note = Position(20, working=True, deaths=3, alone=20, finished=(range(21, 30),)).metadata

    assert Position.from_commit(14, note) == Position(14)


@pytest.mark.parametrize(("end", "deaths"), [(7, 0), (8, 1)])
def test_nobody_dies_of_nothing(end: int, deaths: int) -> None:
    """
    A worker that was killed while it had nothing to do makes no message suspect.
    """
    assert Position(7, working=True).as_left(end).deaths == deaths
