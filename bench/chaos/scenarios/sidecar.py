"""What happens to callers: the sidecar is killed while they wait."""

from __future__ import annotations

import asyncio
import json
from signal import SIGKILL
from typing import Any

import aiohttp

from bench.chaos.run import Run
from bench.chaos.tickets import message
from bench.chaos.world import World
from tests.support.machine import free_ports

CALLERS = 100
SLOW_SECONDS = 2.0
"""Seconds of a call of the model, so that all callers wait when the sidecar is killed."""


class Caller:
    """A caller that sends one ticket by HTTP, again and again with one key until it is answered."""

    def __init__(self, url: str, number: int) -> None:
        self.cut = 0
        """Calls that ended without an answer."""
        self.status = 0
        self.foreign = False
        """Whether the answer is another ticket's."""
        self._url = f"{url}/api/v1/tickets/process"
        self._key = f"call-{number}"
        value = json.loads(message(number, f"T-call-{number}", 1, "call").value or b"")
        self._ticket = {k: v for k, v in value.items() if k != "message_id"}

    async def call(self, http: aiohttp.ClientSession) -> None:
        """Return when `status` is 200."""
        while self.status != 200:
            try:
                async with http.post(self._url, json=self._ticket, headers=self._headers) as answer:
                    self.status = answer.status
                    said = await answer.json()
                    self.foreign |= self.status == 200 and not self._is_ours(said)
            except aiohttp.ClientError:
                self.cut += 1
            if self.status != 200:
                await asyncio.sleep(0.5)

    def _is_ours(self, said: dict[str, Any]) -> bool:
        return bool(said["ticket_id"] == self._ticket["ticket_id"])

    @property
    def _headers(self) -> dict[str, Any]:
        return {"Idempotency-Key": self._key}


async def sidecar_killed(world: World) -> None:
    """Kill the sidecar with 100 calls waiting; it is restarted, and they call again."""
    await world.llm.set(seconds=SLOW_SECONDS)
    await world.workers(2)
    port = free_ports(1)[0]
    (sidecar,) = await world.fleet.start(world.command("sidecar", sidecar_http_port=port))
    callers = [Caller(f"http://127.0.0.1:{port}", number) for number in range(CALLERS)]
    world.expect(CALLERS)
    connector = aiohttp.TCPConnector(limit=CALLERS)
    async with aiohttp.ClientSession(connector=connector) as http:
        calling = [asyncio.create_task(caller.call(http)) for caller in callers]
        await asyncio.sleep(SLOW_SECONDS / 2)
        waiting = sum(not task.done() for task in calling)
        world.insist(sidecar.send(SIGKILL), "the sidecar did not run")
        world.fault_ended()
        await asyncio.wait(calling, timeout=120)
        for task in calling:
            task.cancel()
    answered = sum(caller.status == 200 for caller in callers)
    cut = sum(caller.cut > 0 for caller in callers)
    world.happened(f"{waiting} calls waited, {cut} were cut, {answered} have their 200")
    world.insist(cut == CALLERS, f"only {cut} of {CALLERS} calls were cut")
    world.insist(answered == CALLERS, f"{CALLERS - answered} callers have no answer")
    world.insist(not any(caller.foreign for caller in callers), "an answer is another ticket's")
    await world.all_out()


SIDECAR = (Run(8, "the sidecar killed with 100 calls waiting, and restarted", sidecar_killed),)
