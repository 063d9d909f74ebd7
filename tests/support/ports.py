"""Ports of this machine where something else than the Kafka of the settings answers."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress

from aiohttp import web

_Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def http(tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Yield the address of a web server that answers whatever it gets."""
    runner = web.AppRunner(web.Application())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    try:
        yield f"127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def patient_http() -> AsyncIterator[str]:
    """Yield the address of a web server that waits for a whole line, as those of Go and Python."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, ValueError):  # the latter: a line that does not end
            if await reader.readline():
                writer.write(b"HTTP/1.0 404 Not Found\r\n\r\n")
        writer.close()

    async with _server(answer) as address:
        yield address


@asynccontextmanager
async def relay(
    to: str,
    *,
    host: str = "127.0.0.1",
    tls: ssl.SSLContext | None = None,
    instead: tuple[bytes, bytes] = (b"", b""),
) -> AsyncIterator[str]:
    """
    Yield an address on *host* that leads on to *to*; with *tls* it is reached by TLS only.

    *instead*: what the other end says, and what is heard of it.
    """
    there, _, port = to.rpartition(":")
    said, heard = instead

    async def lead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection(there, int(port))
        try:
            await asyncio.gather(_pass_on(reader, ours), _pass_on(theirs, writer, said, heard))
        finally:
            await _closed(ours)

    async with _server(lead, host, tls) as address:
        yield address


@contextmanager
def refusing(tls: ssl.SSLContext) -> Iterator[str]:
    """Yield an address where whoever is let in by *tls* is refused, and others get its alert."""
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(8) as threads:

        def serve() -> None:
            while True:
                try:
                    accepted, _ = server.accept()
                except OSError:
                    return
                threads.submit(_let_in, accepted, tls)

        threads.submit(serve)
        yield f"127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)  # `accept` ends


def _let_in(accepted: socket.socket, tls: ssl.SSLContext) -> None:
    """Begin TLS. After an alert read on until the other side ends: else it may never see it."""
    connection = tls.wrap_socket(accepted, server_side=True, do_handshake_on_connect=False)
    with connection, suppress(OSError):
        try:
            connection.do_handshake()
        except ssl.SSLError:
            while socket.socket.recv(connection, 4096):
                pass


async def _pass_on(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    said: bytes = b"",
    heard: bytes = b"",
) -> None:
    with suppress(OSError):
        while some := await reader.read(65_536):
            writer.write(some.replace(said, heard) if said else some)
    writer.close()


@asynccontextmanager
async def _server(
    answer: _Answer, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[str]:
    answering: set[asyncio.Task[None]] = set()

    async def tracked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        answering.add(task)
        try:
            await answer(reader, writer)
        finally:
            answering.discard(task)
            await _closed(writer)

    server = await asyncio.start_server(tracked, host, 0, ssl=tls)
    try:
        yield f"{host}:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        left = list(answering)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


async def _closed(writer: asyncio.StreamWriter) -> None:
    """Close *writer* when all is sent; soon, whether or not the other end answers."""
    writer.close()
    with suppress(OSError, TimeoutError):
        await asyncio.wait_for(writer.wait_closed(), 1)
    writer.transport.abort()
