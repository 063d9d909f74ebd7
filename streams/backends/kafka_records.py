"""
What we change in aiokafka's reading of records: a header's name may be any bytes.

Kafka's protocol says that names are UTF-8, and no broker holds a publisher to it. aiokafka
0.14.0 stops reading a partition for ever at a name that is not, so that one message would end
every worker. Kafka's own clients, written in Java, read such a name with U+FFFD in place of
what is no character, and so do we once `install` was called. aiokafka is pinned;
tests/test_bad_input.py fails when one of these parts changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy


def install() -> None:
    """Have all consumers of this process read so."""
    fetcher.MemoryRecords = _Records


class _Records(_MemoryRecordsPy):  # type: ignore[misc]  # aiokafka has no types
    """What was fetched of a partition, batch by batch."""

    def next_batch(self, *args: Any) -> Any:
        """Return the next batch."""
        raw = self._next_slice
        batch = super().next_batch(*args)
        return _Batch(batch, raw) if batch is not None and batch.magic >= 2 else batch


class _Batch:
    """A batch as aiokafka's compiled reader has it, until that meets a name that is not UTF-8."""

    def __init__(self, batch: Any, raw: memoryview) -> None:
        self._batch = batch
        self._raw = raw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        read = 0
        try:
            for record in self._batch:
                yield record
                read += 1
        except (UnicodeDecodeError, CorruptRecordException):
            # If it is corrupt in another way, this raises the same again.
            yield from islice(_TolerantBatch(self._raw), read, None)


class _TolerantBatch(_DefaultRecordBatchPy):  # type: ignore[misc]
    """A batch in plain Python, which reads any name."""

    _buffer: bytearray

    def __iter__(self) -> Any:
        super().__iter__()
        self._buffer = _Tolerant(self._buffer)
        return self


class _Tolerant(bytearray):
    """Bytes whose parts decode to U+FFFD where they are not UTF-8."""

    def __getitem__(self, where: Any) -> Any:
        found = super().__getitem__(where)
        return _Tolerant(found) if isinstance(where, slice) else found

    def decode(self, *_: Any) -> str:
        return super().decode("utf-8", "replace")
