"""Records as a publisher in any language could make them, and ours never would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from schemas.topics import INCOMING
from streams.backends.kafka import clients, names
from streams.settings import Settings

LZ4 = 3
"""As the topics have it, so that a broker stores the bytes as they come."""
NO_TIMESTAMP = -1


@dataclass(frozen=True)
class Record:
    """A record; the names of its headers are bytes, and its time may be any, in milliseconds."""

    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[bytes, bytes | None]] = ()
    timestamp: int | None = None


async def publish_raw(settings: Settings, *records: Record, partition: int = 0) -> None:
    """Put *records* on incoming-tickets, each in a batch of its own, in this order."""
    topic = names.topic(settings, INCOMING)
    async with clients.producer(settings, max_request_size=10_000_000) as producer:
        for record in records:
            batch = producer.create_batch()
            batch._builder = _builder()
            headers = [(_Name(name.hex(), name), value) for name, value in record.headers]
            added = batch.append(
                key=record.key, value=record.value, timestamp=record.timestamp, headers=headers
            )
            assert added
            await (await producer.send_batch(batch, topic, partition=partition))


class _Name(str):
    """A header's name that says itself which bytes it is."""

    def __new__(cls, text: str, raw: bytes) -> _Name:
        made = super().__new__(cls, text)
        made._raw = raw
        return made

    _raw: bytes

    def encode(self, *_: object) -> bytes:
        return self._raw


def _builder() -> Any:
    return _DefaultRecordBatchBuilderPy(
        magic=2,
        compression_type=LZ4,
        is_transactional=False,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=10_000_000,
    )
