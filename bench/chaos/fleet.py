"""
Worker processes, and who looks after them: what dies is started again, as Kubernetes would.

Each worker has a name, which is also its key at the language model, so that the model knows who
calls. What it logs goes to a file of its own, in which `said` counts.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

START_SECONDS = 90
END_SECONDS = 45
RESTART_SECONDS = 0.5
"""Seconds between a death and the next start."""
STARTED = (b"started", b"listening")
"""What the log of a worker, or of a sidecar, says when it is there."""


@dataclass(frozen=True)
class Command:
    """What a worker runs, and the environment in which it does."""

    arguments: Sequence[str]
    environment: Mapping[str, str]


@dataclass
class KeptWorker:
    """A worker that is kept alive, whatever process it has for the moment."""

    name: str
    command: Command
    log: Path
    process: asyncio.subprocess.Process | None = None
    leaving: bool = False
    killed: bool = False
    """Whether its process was killed by us."""
    keeper: asyncio.Task[None] | None = None

    def send(self, number: signal.Signals) -> bool:
        """Send it a signal; return False if it does not run now."""
        if not self.process or self.process.returncode is not None:
            return False
        with suppress(ProcessLookupError):
            self.process.send_signal(number)
            self.killed |= number is signal.SIGKILL
            return True
        return False

    def says(self) -> bytes:
        """Return what it has logged until now."""
        return self.log.read_bytes() if self.log.exists() else b""


class Fleet:
    """The workers of a run; all of them end with the `async with` block."""

    def __init__(self, folder: Path) -> None:
        """*folder*: where their logs are kept."""
        self.workers: list[KeptWorker] = []
        self.deaths = 0
        """How often workers have died that were not asked to end."""
        self.by_themselves = 0
        """How many of these deaths were not our doing."""
        self.forced = 0
        """How many workers did not end when they were asked to, and were killed."""
        self._folder = folder
        self._made = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop_all()

    async def start(self, command: Command, count: int = 1) -> list[KeptWorker]:
        """
        Start workers, and return them once each takes part in its group or was asked to end.

        Raises:
            RuntimeError: One did not start. Says what it logged last.
        """
        made = [self._new(command) for _ in range(count)]
        await asyncio.gather(*(self._started(worker) for worker in made))
        return made

    async def stop(self, worker: KeptWorker) -> None:
        """Ask *worker* to end (SIGTERM), and wait; kill it if it does not."""
        worker.leaving = True
        worker.send(signal.SIGCONT)  # a stopped one would not hear the next
        worker.send(signal.SIGTERM)
        assert worker.keeper
        _, waiting = await asyncio.wait({worker.keeper}, timeout=END_SECONDS)
        if waiting:
            self.forced += 1
            worker.send(signal.SIGKILL)
            await worker.keeper
        if worker in self.workers:
            self.workers.remove(worker)

    async def stop_all(self) -> None:
        """Ask all workers to end, and wait."""
        await asyncio.gather(*(self.stop(worker) for worker in list(self.workers)))

    async def restart(self, worker: KeptWorker, command: Command) -> KeptWorker:
        """Stop *worker* and start another one in its place, as a rolling update does."""
        await self.stop(worker)
        (made,) = await self.start(command)
        return made

    def named(self, names: Sequence[str]) -> list[KeptWorker]:
        """Return those of the workers that have one of *names* and were not asked to end."""
        return [w for w in self.workers if w.name in names and not w.leaving]

    def said(self, event: str) -> int:
        """Return how often all workers of the run have logged *event*."""
        logs = self._folder.glob("worker-*.log")
        return sum(log.read_bytes().count(f'"event": "{event}"'.encode()) for log in logs)

    def _new(self, command: Command) -> KeptWorker:
        self._made += 1
        name = f"worker-{self._made}"
        worker = KeptWorker(name, command, self._folder / f"{name}.log")
        worker.keeper = asyncio.create_task(self._keep(worker))
        self.workers.append(worker)
        return worker

    async def _keep(self, worker: KeptWorker) -> None:
        """Run *worker* until it is asked to end; start it again whenever it dies before."""
        while not worker.leaving:
            worker.process = await _spawn(worker)
            try:
                await worker.process.wait()
            except asyncio.CancelledError:
                worker.send(signal.SIGKILL)
                raise
            if not worker.leaving:
                self.deaths += 1
                self.by_themselves += not worker.killed
                worker.killed = False
                await asyncio.sleep(RESTART_SECONDS)

    async def _started(self, worker: KeptWorker) -> None:
        assert worker.keeper
        try:
            async with asyncio.timeout(START_SECONDS):
                while not (worker.leaving or any(said in worker.says() for said in STARTED)):
                    if worker.keeper.done():
                        worker.keeper.result()
                    await asyncio.sleep(0.05)
        except TimeoutError:
            last = worker.says()[-2000:].decode(errors="replace")
            raise RuntimeError(f"{worker.name} did not start:\n{last}") from None


async def _spawn(worker: KeptWorker) -> asyncio.subprocess.Process:
    with worker.log.open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *worker.command.arguments,
            env={
                **os.environ,
                **worker.command.environment,
                "CHAOS_WORKER": worker.name,
                "TICKETSTREAM_OPENAI_API_KEY": worker.name,
            },
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # a Ctrl-C at us is not for it
        )
