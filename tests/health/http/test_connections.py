"""Callers who are slow, greedy or broken, on loopback as a hostile client would."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
import uvloop
from prometheus_client import REGISTRY

from health.http.connections import Protocol
from health.sidecar import Sidecar
from streams.settings import Settings
from tests.health.conftest import PROCESS, Client, a_ticket
from tests.health.waiting import LIMIT_SECONDS, until, until_ready
from tests.support.echo_pipeline import EchoPipeline

HEAD = b"POST %s HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n" % PROCESS.encode()

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
def nowhere() -> Settings:
    """Return the settings of a sidecar that needs no Kafka."""
    return Settings(kafka_brokers="127.0.0.1:1", sidecar_http_port=0, grace_seconds=0.1)


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[str]:
    """Serve in a thread on uvloop, as the command does: its connections differ. Yield the URL."""
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event, str]] = Future()

    async def serve() -> None:
        end = asyncio.Event()
        async with Sidecar(settings) as sidecar:
            started.set_result((asyncio.get_running_loop(), end, sidecar.url))
            await end.wait()

    with ThreadPoolExecutor(1) as thread:
        done = thread.submit(uvloop.run, serve())
        beginning, ending = asyncio.wrap_future(started), asyncio.wrap_future(done)
        await asyncio.wait((beginning, ending), return_when=asyncio.FIRST_COMPLETED)
        if ending.done():
            await ending  # it did not start, and this raises why
        loop, end, url = await beginning
        try:
            yield url
        finally:
            loop.call_soon_threadsafe(end.set)
            await ending


@asynccontextmanager
async def opened(url: str, sent: bytes, how_many: int = 1) -> AsyncIterator[list[Stream]]:
    """Open *how_many* connections that each send *sent*, and no more."""
    port = int(url.rsplit(":", 1)[1])
    streams: list[Stream] = []
    try:
        for _ in range(how_many):
            streams.append(await asyncio.open_connection("127.0.0.1", port))
            streams[-1][1].write(sent)
        yield streams
    finally:
        for _, writer in streams:
            writer.transport.abort()


async def ended(reader: asyncio.StreamReader) -> bytes:
    """Return what still came before the other side ended the connection."""
    async with asyncio.timeout(LIMIT_SECONDS):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""


async def until_processed(url: str) -> None:
    """Return when a ticket that comes by a connection of its own gets its result."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while True:
            async with aiohttp.ClientSession() as new:
                if (await Client(url, new).process(a_ticket())).status == 200:
                    return
            await asyncio.sleep(0.05)


def cut(reason: str) -> float:
    """Return how many connections were cut for *reason* so far."""
    name = "ticketstream_http_connections_cut_total"
    return REGISTRY.get_sample_value(name, {"reason": reason}) or 0


SLOW = [
    pytest.param(b"", id="nothing"),
    pytest.param(b"POST / HT", id="request line"),
    pytest.param(HEAD + b"x: y", id="headers"),
    pytest.param(HEAD + b"content-length: 99\r\n\r\n{", id="body"),
    pytest.param(HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\n{", id="chunked body"),
    pytest.param(b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\n\r\n" * 8, id="answers"),
]


@pytest.mark.parametrize("sent", SLOW)
async def test_slow_callers_hold_up_nobody(
    quick: Settings,
    session: aiohttp.ClientSession,
    pipeline: EchoPipeline,
    monkeypatch: pytest.MonkeyPatch,
    sent: bytes,
) -> None:
    """
    Beside 250 callers who do not go on, and with room for 100, a ticket gets its result as
    soon as they have had their time.
    """
    monkeypatch.setattr("health.http.connections.PATIENCE_SECONDS", 0.2)
    few = quick.model_copy(update={"sidecar_connections": 100})
    async with serving(few) as url:
        await until_ready(Client(url, session))
        before, crowded = cut("refused") + cut("crowded"), cut("crowded")
        async with opened(url, sent, 250):
            await until(lambda: cut("refused") + cut("crowded") - before >= 150)
            await until_processed(url)
            assert cut("crowded") > crowded


async def test_a_crowd_that_comes_at_once(
    nowhere: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Whoever gets a connection gets an answer: when all have just come, those for whom there is
    no room are told to come again, also if they have sent all of a large request.
    """
    monkeypatch.setattr("health.http.connections.PATIENCE_SECONDS", 60)  # at once, however slowly
    few = nowhere.model_copy(update={"sidecar_connections": 20})
    sent = HEAD + b"content-length: 200000\r\n\r\n" + b"x" * 200_000

    async with serving(few) as url, opened(url, b"", 200) as streams:
        for _, writer in streams:
            writer.write(sent)
        answers = await asyncio.gather(*(reader.readline() for reader, _ in streams))

    statuses = Counter(int(line.split()[1]) for line in answers)
    assert statuses == {422: 20, 503: 180}


async def test_an_active_connection_is_kept(
    nowhere: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    When it is crowded, who was served last stays, and who was served before and waits goes.
    """
    monkeypatch.setattr("health.http.connections.PATIENCE_SECONDS", 0)
    few = nowhere.model_copy(update={"sidecar_connections": 3})
    get, served = b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n", b"HTTP/1.1 200 OK\r\n"
    async with serving(few) as url, opened(url, get) as ((reader, writer),):
        await reader.readuntil(served)
        for _ in range(5):
            async with opened(url, get + b"GET", 2) as others:
                for other, _ in others:
                    await other.readuntil(served)
                writer.write(get)
                await reader.readuntil(served)


async def test_when_all_connections_are_at_work(
    quick: Settings, session: aiohttp.ClientSession, pipeline: EchoPipeline
) -> None:
    """
    Who waits for a result is not sent away for somebody new: that one is told to come again.
    """
    few = quick.model_copy(update={"sidecar_connections": 1})
    async with serving(few) as url:
        client = Client(url, session)
        ticket = a_ticket()
        pipeline.hold()
        call = asyncio.create_task(client.process(ticket))
        await until(lambda: pipeline.taken[ticket["ticket_id"]] == 1)

        async with opened(url, b"") as ((reader, _),):
            head, _, body = (await ended(reader)).partition(b"\r\n\r\n")
        pipeline.release()

        assert head.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after" in head.lower()
        assert head.lower().count(b"x-request-id: req-") == 1
        assert json.loads(body) == {"detail": "Too many connections."}
        assert (await call).status == 200


@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\nhost: x\r\n", b"GET /"])
async def test_headers_that_trickle(
    nowhere: Settings, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    """
    Headers have a time in all; to send one more now and then does not lengthen it.
    """
    monkeypatch.setattr("health.http.connections.HEADER_SECONDS", 0.3)
    async with serving(nowhere) as url, opened(url, sent) as ((reader, writer),):
        over = asyncio.create_task(ended(reader))
        async with asyncio.timeout(LIMIT_SECONDS):
            while not over.done():
                writer.write(b"x")
                await asyncio.sleep(0.05)

        assert await over == b""


async def test_an_idle_connection_is_no_slow_one(
    nowhere: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The time for headers begins with their first byte: between requests a connection may rest.
    """
    monkeypatch.setattr("health.http.connections.HEADER_SECONDS", 1)
    get = b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n"
    async with serving(nowhere) as url, opened(url, b"") as ((reader, writer),):
        for _ in range(2):
            await asyncio.sleep(1.5)
            writer.write(get[:9])
            await asyncio.sleep(0.05)  # or else it all comes as one, and no time begins
            writer.write(get[9:])
            await reader.readuntil(b"HTTP/1.1 200 OK\r\n")


async def test_an_idle_connection_ends(nowhere: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Nor may it rest for ever.
    """
    monkeypatch.setattr("health.http.connections.KEEPALIVE_SECONDS", 0.2)
    get = b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n"
    async with serving(nowhere) as url:
        for sent in (b"", get):
            async with opened(url, sent) as ((reader, _),):
                await ended(reader)


async def test_an_answer_that_nobody_reads(
    nowhere: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A caller who asks on and on and reads nothing is cut off.
    """
    monkeypatch.setattr("health.http.connections.UNREAD_SECONDS", 0.3)
    get = b"GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n"
    before = cut("unread")
    async with serving(nowhere) as url, opened(url, get * 2_000):
        await until(lambda: cut("unread") == before + 1)


async def test_a_large_answer_that_nobody_reads(
    nowhere: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    What waits for a caller to read is a part of the answer, however large that is.
    """
    waiting: list[int] = []

    class Watched(Protocol):
        def pause_writing(self) -> None:
            assert self.transport is not None
            waiting.append(self.transport.get_write_buffer_size())
            super().pause_writing()

    monkeypatch.setattr("health.http.port.Protocol", Watched)
    monkeypatch.setattr("health.http.connections.UNREAD_SECONDS", 0.3)
    get = b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nhost: x\r\n\r\n"
    before = cut("unread")
    async with serving(nowhere) as url, opened(url, get * 30):
        await until(lambda: cut("unread") == before + 1)

    assert 0 < max(waiting) < 400_000


async def test_requests_sent_ahead(nowhere: Settings) -> None:
    """
    Requests that are sent before the first is answered are answered in their order.
    """
    paths = [b"/health/live", b"/nothing", b"/openapi.json"] * 40
    sent = b"".join(b"GET %s HTTP/1.1\r\nhost: x\r\nx-request-id: %d\r\n\r\n" % (path, number)
                    for number, path in enumerate(paths))  # fmt: skip
    async with serving(nowhere) as url, opened(url, sent) as ((reader, _),):
        for number in range(len(paths)):
            await reader.readuntil(b"x-request-id: %d\r\n" % number)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /%s HTTP/1.1\r\nhost: x\r\n\r\n" % (b"a" * 8_000), 404),
        (b"GET /%s HTTP/1.1\r\nhost: x\r\n\r\n" % (b"a" * 8_200), 400),
        (b"GET / HTTP/1.1\r\nhost: x\r\na: %s\r\n\r\n" % (b"a" * 8_000), 200),
        (b"GET / HTTP/1.1\r\nhost: x\r\na: %s\r\n\r\n" % (b"a" * 8_200), 400),
        (b"GET / HTTP/1.1\r\nhost: x\r\n%s\r\n" % (b"a: b\r\n" * 60), 200),
        (b"GET / HTTP/1.1\r\nhost: x\r\n%s\r\n" % (b"a: b\r\n" * 64), 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n", 400),
        (HEAD + b"content-length: 1\r\ncontent-length: 2\r\n\r\n{}", 400),
        (HEAD + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (HEAD + b"content-length: -1\r\n\r\n", 400),
        (HEAD + b"transfer-encoding: chunked\r\n\r\nxyz\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: x\r\na\x00b: c\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    ],
)
async def test_the_limits_of_a_request(nowhere: Settings, sent: bytes, status: int) -> None:
    """
    Lines of 8,190 bytes and 64 headers are taken; what is ambiguous or no HTTP is refused.
    """
    async with serving(nowhere) as url, opened(url, sent) as ((reader, _),):
        async with asyncio.timeout(LIMIT_SECONDS):
            line = await reader.readline()

    assert int(line.split()[1]) == status


async def test_headers_without_end(nowhere: Settings) -> None:
    """
    Headers that are many and long are not collected for ever.
    """
    async with serving(nowhere) as url, opened(url, HEAD) as ((reader, writer),):
        over = asyncio.create_task(ended(reader))
        for number in range(40):
            writer.write(b"x%d: %s\r\n" % (number, b"y" * 8_000))
            await asyncio.sleep(0.01)

        assert await over == b""


async def test_an_expectation(client: Client, pipeline: EchoPipeline) -> None:
    """
    `Expect: 100-continue`, as curl sends it with larger bodies, is answered at once.
    """
    answer: Any = await client.process(a_ticket(), expect100=True)

    assert answer.status == 200


@pytest.mark.parametrize("path", [PROCESS, "/nothing"])
async def test_an_expectation_that_nobody_knows(nowhere: Settings, path: str) -> None:
    """
    It is refused as all else is: in JSON, with a request id.
    """
    sent = b"POST %s HTTP/1.1\r\nhost: x\r\nexpect: foo\r\ncontent-length: 2\r\n\r\n{}"
    async with serving(nowhere) as url, opened(url, sent % path.encode()) as ((reader, _),):
        head, _, body = (await ended(reader)).partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 417 ")
    assert b"content-type: application/json" in head.lower()
    assert head.lower().count(b"x-request-id: req-") == 1
    assert json.loads(body) == {"detail": "Expectation Failed"}
