"""
What we change in aiokafka's reading of records: a header's name may be any bytes, and a batch
that would not fit into memory is not unpacked.

Kafka's protocol says that names are UTF-8, and no broker holds a publisher to it. aiokafka
0.14.0 stops reading a partition for ever at a name that is not, so that one message would end
every worker. Kafka's own clients, written in Java, read such a name with U+FFFD in place of
what is no character, and so do we once `install` was called.

A megabyte on a topic can stand for gigabytes, and aiokafka unpacks a batch whole: who reads it is
dead before any stage has seen a message. Of a batch that has more than MOST_UNPACKED bytes each
message comes with an empty value, so it becomes a dead letter that says where it lies.

Both stay until aiokafka reads such names and bounds what it unpacks; no issue is known for either.
aiokafka is pinned; tests/backends/kafka/test_records.py fails when one of these
parts changes.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import cramjam
import structlog
from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy

MOST_UNPACKED = 32_000_000
"""Bytes of an unpacked batch, at most. Clients collect up to 1 MB before they pack it."""
_HEADER_BYTES = 61
"""Before the records (Kafka's record batch, version 2)."""
_FIRST_TRY = 32
"""A batch that is packed less tightly than 1 to so much needs no large buffer to be measured."""
_GZIP, _LZ4, _ZSTD = 1, 3, 4
_MOST_TIGHTLY = {_GZIP: 1_032, _LZ4: 255, _ZSTD: 100_000}
"""How many bytes one can stand for, at most; in snappy it is 22, which need no measuring."""


def install() -> None:
    """
    Have all consumers of this process read so. To call it again does nothing.

    `connection.options` calls it, which every client needs.
    """
    fetcher.MemoryRecords = _Records


# Private: aiokafka lets nobody choose how records are read. No issue is known.
class _Records(_MemoryRecordsPy):  # type: ignore[misc]  # aiokafka has no types
    """What was fetched of a partition, batch by batch."""

    def next_batch(self, *args: Any) -> Any:
        """Return the next batch."""
        raw = self._next_slice
        batch = super().next_batch(*args)
        if batch is None or batch.magic < 2:
            return batch
        if _is_too_large(batch.compression_type, raw[_HEADER_BYTES:]):
            structlog.get_logger().warning(
                "batch not unpacked", offset=batch.base_offset, packed_bytes=len(raw)
            )
            return _UnreadBatch(batch)
        return _Batch(batch, raw)


def _is_too_large(codec: int, packed: memoryview) -> bool:
    """Say whether *packed* has more than MOST_UNPACKED bytes, without unpacking more than that."""
    if codec not in _MOST_TIGHTLY or len(packed) * _MOST_TIGHTLY[codec] <= MOST_UNPACKED:
        return False
    if codec == _GZIP:
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
                return len(file.read(MOST_UNPACKED + 1)) > MOST_UNPACKED
        except (OSError, EOFError, ValueError):
            return False  # broken: whoever unpacks it says so
    unpack_into = (cramjam.lz4 if codec == _LZ4 else cramjam.zstd).decompress_into
    return not any(
        _fits(unpack_into, packed, size) for size in (len(packed) * _FIRST_TRY, MOST_UNPACKED)
    )


def _fits(unpack_into: Any, packed: memoryview, size: int) -> bool:
    try:
        unpack_into(packed, bytearray(min(size, MOST_UNPACKED)))
    except cramjam.DecompressionError:
        return False  # or it is broken, and then as unreadable
    return True


@dataclass(frozen=True)
class _Unread:
    """A message of a batch that is not unpacked."""

    offset: int
    timestamp: int
    timestamp_type: int
    key: None = None
    value: bytes = b""
    headers: tuple[()] = ()
    checksum: None = None


class _UnreadBatch:
    """A batch that is not unpacked: what its header says, and its messages without contents."""

    def __init__(self, batch: Any) -> None:
        self._batch = batch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __iter__(self) -> Iterator[_Unread]:
        batch = self._batch
        for offset in range(batch.base_offset, batch.next_offset):
            yield _Unread(offset, batch.max_timestamp, batch.timestamp_type)


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


# Private: the compiled reader cannot be told how to decode names. No issue is known.
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
