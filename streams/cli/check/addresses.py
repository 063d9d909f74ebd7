"""Whether a server of ours runs at an address of this machine, or could."""

from __future__ import annotations

import asyncio
import errno
import ipaddress

import aiohttp
from pydantic import ValidationError

from schemas.http import HealthStatus
from streams.cli.check.diagnosis import Diagnosis
from streams.service import listen_errors

_SECONDS = 5


async def look_at_address(what: str, host: str, port: int) -> Diagnosis:
    """Return how the *what* (`worker` or `sidecar`) at *host*:*port* is, or if it could be."""
    free, address = await _could_listen(what, host, port), listen_errors.host_and_port(host, port)
    if isinstance(free, Diagnosis):
        return free
    if free:
        return Diagnosis("ok", f"none runs here, and {address} is free")
    url = f"http://{_reached(host)}:{port}/health"
    found = await _health(url)
    if found is None:
        return Diagnosis(
            "wrong",
            f"another program has {address}",
            f"set TICKETSTREAM_{what.upper()}_HTTP_PORT; 0 takes any free port",
        )
    if found.status == "healthy":
        return Diagnosis("ok", f"runs at {url.removesuffix('/health')}")
    ill = "; ".join(f"{name}: {how}" for name, how in found.services.items() if how != "healthy")
    return Diagnosis("warning", f"runs, {found.status}: {ill}", f"see {url}")


async def _could_listen(what: str, host: str, port: int) -> bool | Diagnosis:
    """Return whether the address is free, or what is wrong with it."""
    try:
        # As aiohttp listens: a port that was left a moment ago is free.
        server = await asyncio.start_server(lambda *_: None, host, port, reuse_address=True)
    except listen_errors.ERRORS as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            return False
        settings = f"TICKETSTREAM_{what.upper()}"
        refused = listen_errors.cannot_listen(
            error, host, port, host_from=f"{settings}_HOST", port_from=f"{settings}_HTTP_PORT"
        )
        detail, _, mend = str(refused).partition(": ")
        return Diagnosis("wrong", detail, mend)
    server.close()
    return True


async def _health(url: str) -> HealthStatus | None:
    """Return what a server of ours says of itself; None if it is another's."""
    limit = aiohttp.ClientTimeout(total=_SECONDS)
    try:
        async with aiohttp.ClientSession(timeout=limit) as client, client.get(url) as answer:
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
