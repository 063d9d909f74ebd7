"""
A position: what is committed of a partition, the first unfinished offset and a note beside it.

The note travels in the commit's metadata. It has the offsets that are finished behind the
position, so that nobody does them again, as in Confluent's Parallel Consumer:

    offset      7      8      9      10     11     12
             working  done   done  working done           ->  position 7, done [1, 2, 1, 1]

It says which offset it belongs to: tools that copy a group to another cluster (MirrorMaker)
translate the offset and carry the note along, where it says nothing.

And it tells the next worker what became of the one before. Whoever takes a partition says
`working`; whoever gives it back takes that away. So a worker that finds `working` knows that
another one died:

    taken            died             died             died              alone with 7
    7 working        7 working        7 working        7 working         7 alone 7
                     deaths 1         deaths 2         deaths 3
    died             alone with 7     died
    7 working        7 alone 7        7 is deadly
    blamed 7         blamed 7

One death over a message may be somebody else's doing, so only the second one in a row convicts it.
A position that moves on has nothing to do with earlier deaths, so they are forgotten. Why:
docs/design/delivery.md, "A message that kills the worker", and "What a crash repeats" there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

SUSPICIOUS = 3
"""Workers that died at one position, before its messages are taken alone."""
MOST_BYTES = 3_500
"""Bytes of finished offsets in a note. Brokers allow 4,096 in all (`offset.metadata.max.bytes`)."""

_Offset = Annotated[int, Field(ge=0, lt=2**63)]


class _Note(BaseModel):
    """What stands in the metadata. What a newer version wrote beside it is not ours."""

    model_config = ConfigDict(extra="ignore")

    at: _Offset | None = None
    """The offset beside which it was committed."""
    working: bool = False
    deaths: Annotated[int, Field(ge=0)] = 0
    alone: _Offset | None = None
    blamed: _Offset | None = None
    done: list[_Offset] = []
    """How many are unfinished from the position on, then finished, then unfinished, ..."""


@dataclass(frozen=True)
class Position:
    """The first unfinished offset of a partition, and the note beside it."""

    offset: int
    working: bool = False
    """Whether a worker has the partition, and has not given it back."""
    deaths: int = 0
    """Workers that died at this offset, one after the other."""
    alone: int | None = None
    """The offset of the message that is, or was, worked on with nothing else in hand."""
    blamed: int | None = None
    """The offset of a message over which a worker died so."""
    finished: tuple[range, ...] = ()
    """Offsets behind this one that are finished, in ascending order."""

    @classmethod
    def from_commit(cls, offset: int, metadata: str) -> Position:
        """Return what was committed. Metadata that is not ours, or not of here, says nothing."""
        try:
            note = _Note.model_validate_json(metadata)
        except ValidationError:
            note = _Note()
        if note.at != offset:
            note = _Note()
        finished = tuple(_ranges(offset, note.done))
        return cls(offset, note.working, note.deaths, note.alone, note.blamed, finished)

    @property
    def metadata(self) -> str:
        """The note as it is committed. Finished offsets that have no room are done again."""
        note = _Note(
            at=self.offset,
            working=self.working,
            deaths=self.deaths,
            alone=self.alone,
            blamed=self.blamed,
            done=_lengths(self.offset, self.finished),
        )
        return note.model_dump_json(exclude_defaults=True)

    def as_left(self, end: int) -> Left:
        """
        Return this as the next worker finds it.

        Args:
            end: the offset behind the partition's last message. Where nothing was left to do,
                nothing can have killed.
        """
        died = self.working and self.offset < end
        blamed = self.blamed if self.alone is None else self.alone
        deadly = self.alone if self.alone == self.blamed else None
        return Left(self.offset, self.deaths + died, deadly, blamed, end, self.finished)


@dataclass(frozen=True)
class Left:
    """What a worker left of a partition, when it gave it back or died."""

    offset: int
    deaths: int = 0
    deadly: int | None = None
    """The offset of a message over which two workers died that had nothing else in hand."""
    blamed: int | None = None
    """The offset of one over which at least one did."""
    end: int = 0
    finished: tuple[range, ...] = ()
    """Offsets behind the first unfinished one that are finished."""

    @property
    def suspect_before(self) -> int:
        """The offset before which each message may be what workers died over; 0 if none is."""
        if self.deaths >= SUSPICIOUS:
            return self.end
        return 0 if self.blamed is None or self.deadly is not None else self.blamed + 1

    def taken(self) -> Position:
        """Return what a worker commits that takes the partition over."""
        return Position(
            self.offset,
            working=True,
            deaths=self.deaths,
            alone=self.deadly,
            blamed=self.blamed,
            finished=self.finished,
        )


def unfinished(offsets: range, finished: Iterable[range]) -> int:
    """Return how many of *offsets* are not in *finished*."""
    done = (range(max(r.start, offsets.start), min(r.stop, offsets.stop)) for r in finished)
    return len(offsets) - sum(map(len, done))


def _lengths(offset: int, finished: Iterable[range]) -> list[int]:
    """Return how far it is from *offset* to each of *finished* and through it; what has room."""
    lengths: list[int] = []
    room = MOST_BYTES
    for done in finished:
        pair = done.start - offset, len(done)
        room -= sum(len(str(length)) + 1 for length in pair)
        if room < 0:
            break
        lengths += pair
        offset = done.stop
    return lengths


def _ranges(offset: int, lengths: Sequence[int]) -> Iterable[range]:
    """Yield what `_lengths` was given."""
    for gap, length in zip(lengths[::2], lengths[1::2], strict=False):
        yield range(offset + gap, offset + gap + length)
        offset += gap + length
