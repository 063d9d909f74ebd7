"""Whether a server of ours runs at an address of this machine, or could."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import ssl

import aiohttp
from pydantic import ValidationError

from schemas.http import HealthStatus
from streams.cli.check.diagnosis import Diagnosis
from streams.service import listen_errors
from streams.settings import PREFIX

_SECONDS = 5


async def look_at_address(
    what: str, host: str, port: int, *, port_from: str = "", trust: ssl.SSLContext | None = None
) -> Diagnosis:
    """
    Return how the *what* (`worker` or `sidecar`) at *host*:*port* is, or if it could be.

    Args:
        port_from: the setting that gives the port; by default TICKETSTREAM_<what>_HTTP_PORT.
        trust: whose certificate is taken; None where the server speaks HTTP without TLS.
    """
    port_from = port_from or f"{PREFIX}{what.upper()}_HTTP_PORT"
    free = await _could_listen(what, host, port, port_from)
    address = listen_errors.host_and_port(host, port)
    if isinstance(free, Diagnosis):
        return free
    if free:
        return Diagnosis("ok", f"none runs here, and {address} is free")
    url = f"http{'s' if trust else ''}://{_reached(host)}:{port}/health"
    found = await _health(url, trust)
    if found is None:
        return Diagnosis(
            "wrong",
            f"another program has {address}",
            f"set {port_from}; 0 takes any free port",
        )
    if found.status == "healthy":
        return Diagnosis("ok", f"runs at {url.removesuffix('/health')}")
    ill = "; ".join(f"{name}: {how}" for name, how in found.services.items() if how != "healthy")
    return Diagnosis("warning", f"runs, {found.status}: {ill}", f"see {url}")


async def _could_listen(what: str, host: str, port: int, port_from: str) -> bool | Diagnosis:
    """Return whether the address is free, or what is wrong with it."""
    try:
        # As aiohttp listens: a port that was left a moment ago is free.
        server = await asyncio.start_server(lambda *_: None, host, port, reuse_address=True)
    except listen_errors.ERRORS as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            return False
        refused = listen_errors.cannot_listen(
            error, host, port, host_from=f"{PREFIX}{what.upper()}_HOST", port_from=port_from
        )
        detail, _, mend = str(refused).partition(": ")
        return Diagnosis("wrong", detail, mend)
    server.close()
    return True


async def _health(url: str, trust: ssl.SSLContext | None) -> HealthStatus | None:
    """Return what a server of ours says of itself; None if it is another's."""
    limit = aiohttp.ClientTimeout(total=_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=limit) as client,
            client.get(url, ssl=trust or True) as answer,
        ):
            return HealthStatus.model_validate_json(await answer.content.read(100_000))
    except (aiohttp.ClientError, OSError, ValidationError):  # TimeoutError is an OSError
        return None


def _reached(host: str) -> str:
    """Return where a server that listens on *host*, perhaps on all addresses, is reached."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.is_unspecified:
        return "127.0.0.1" if address.version == 4 else "[::1]"
    return f"[{host}]" if address.version == 6 else host
