"""Waiting for what happens by itself, with a limit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.health.conftest import Client

LIMIT_SECONDS = 30


async def until(condition: Callable[[], bool]) -> None:
    """Return when *condition* holds."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while not condition():  # noqa: ASYNC110  # what we wait for sets no event
            await asyncio.sleep(0.01)


async def until_status(client: Client, path: str, status: int) -> None:
    """Return when a GET of *path* answers *status*."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while (await client.get(path)).status != status:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def until_ready(client: Client) -> None:
    """Return when the sidecar is ready."""
    await until_status(client, "/health/ready", 200)


async def until_total(client: Client, total: int) -> None:
    """Return when the sidecar has seen *total* outcomes."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while (await client.get("/api/v1/tickets/metrics")).body["total"] < total:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
