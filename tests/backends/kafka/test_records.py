"""Records that aiokafka by itself does not read, or dies of: names that are no UTF-8, and bombs."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatchBuilder, _DefaultRecordBatchBuilderPy

from schemas.topics import INCOMING
from streams.backends.kafka import clients, records
from streams.settings import Settings

CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
ROOM = 2 * records.MOST_UNPACKED


def batch(codec: str, *values: bytes, headers: Any = (), builder: Any = None) -> bytes:
    """Return *values* as they lie on a topic, packed by *codec*."""
    kind = builder or DefaultRecordBatchBuilder
    made = kind(2, CODECS[codec], 0, -1, -1, -1, ROOM)
    for number, value in enumerate(values):
        made.append(number, 1_000, None, value, list(headers))
    return bytes(made.build())


def read(raw: bytes) -> list[Any]:
    """Return the records of *raw*, as a consumer of this process reads them."""
    records.install()
    return [record for one in _batches(raw) for record in one]


def _batches(raw: bytes) -> list[Any]:
    found, fetched = [], fetcher.MemoryRecords(raw)
    while fetched.has_next():
        found.append(fetched.next_batch())
    return found


class _Name(str):
    """A header's name that is no UTF-8."""

    def encode(self, *_: object) -> bytes:
        return b"\xffx"


@pytest.mark.parametrize("codec", CODECS)
def test_a_name_that_is_no_utf8(codec: str) -> None:
    """
    A header's name may be any bytes: what is no character is read as U+FFFD, its value as it is.
    """
    builder = _DefaultRecordBatchBuilderPy  # the compiled one does not take such a name
    raw = batch(codec, b"a", b"b", headers=[(_Name("?"), b"\xff")], builder=builder)

    found = read(raw)

    assert [record.value for record in found] == [b"a", b"b"]
    assert [list(record.headers) for record in found] == [[("\ufffdx", b"\xff")]] * 2


@pytest.mark.parametrize("codec", ["gzip", "lz4", "zstd"])
def test_a_batch_that_is_too_large_to_unpack(codec: str) -> None:
    """
    Its messages come without a value, each at its offset.
    """
    half = b" " * (records.MOST_UNPACKED // 2 + 1)
    found = read(batch(codec, half, half))

    assert [(record.offset, record.value) for record in found] == [(0, b""), (1, b"")]


@pytest.mark.parametrize("codec", CODECS)
def test_a_batch_that_fits(codec: str) -> None:
    """
    What is packed tightly and fits is read as ever.
    """
    value = b" " * 1_000_000

    assert [record.value for record in read(batch(codec, value, b"x"))] == [value, b"x"]


def test_two_batches() -> None:
    """
    After a batch that is not unpacked the next one is read.
    """
    bomb = batch("zstd", b" " * (records.MOST_UNPACKED + 1))

    assert [record.value for record in read(bomb + batch("none", b"x"))] == [b"", b"x"]


@pytest.mark.parametrize(
    "made",
    ["clients.producer(settings)", "clients.AIOKafkaConsumer(**connection.options(settings))"],
)
def test_no_client_is_without_it(made: str) -> None:
    """
    To import our modules changes nothing in aiokafka; whoever makes a client has it changed.
    """
    code = f"""
import asyncio
from aiokafka.consumer import fetcher
from streams.backends.kafka import admin, clients, connection, records
from streams.settings import Settings

async def make(settings):
    before = fetcher.MemoryRecords is records._Records
    client = {made}
    print(before, fetcher.MemoryRecords is records._Records)
    client._closed = True

asyncio.run(make(Settings(kafka_brokers="127.0.0.1:1")))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.stdout.split() == ["False", "True"], done.stderr


async def test_a_follower_reads_so(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A consumer that our own module starts reads so, whatever was there before.
    """
    monkeypatch.setattr(fetcher, "MemoryRecords", None)
    consumer = await clients.follower(settings, [INCOMING], since="end")
    await clients.stop(consumer)

    assert fetcher.MemoryRecords is records._Records
