"""
The world of one run: what runs in it, and what may happen to it.

    Kafka                 a cluster, shared by the scenarios that do it no harm
    the language model    a process on loopback that can fail or be away
    workers               processes that are started again when they die
    a publisher           messages at a steady pace, murmur2, each on the topic once

Topics and groups have a prefix of their own. Everything ends with the `async with` block; then
`found` reads the topics and says what became of each message.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from signal import SIGKILL
from time import time
from typing import Any, Self, TypeVar
from uuid import uuid4

from confluent_kafka import KafkaException

from bench.chaos import llm as models
from bench.chaos import topics
from bench.chaos.fleet import Command, Fleet, KeptWorker
from bench.chaos.ledger import Counts, Ledger
from bench.chaos.rival import Rival
from bench.chaos.tickets import IncomingMessage, messages
from bench.chaos.watch import Progress, Watch
from schemas.topics import DEAD_LETTERS, INCOMING, PROCESSED, READS
from streams.backends.kafka import admin, names
from streams.settings import Settings
from tests.support.kafka import RealKafka
from tests.support.process import environment
from tests.support.weaviate import RealWeaviate

SESSION_SECONDS, QUICK_SESSION_SECONDS = 10.0, 6.0
"""Seconds after which others get a dead worker's partitions. The product's default is 30."""
RATE = 60.0
"""Messages a second."""
QUIET_SECONDS = 3.0
"""Without a new outcome, and nothing uncommitted: then nothing will come any more."""
MOST_SECONDS = 180.0
"""Seconds to wait for outcomes after the last message. What is not out then counts as lost."""
IDLE_SECONDS = 60.0
"""Seconds in which a worker must call the model, or none is at work."""
PROGRAM = "from streams.cli.main import main; main()"
Server = TypeVar("Server", RealKafka, RealWeaviate)
ARTICLES = Path(__file__).parents[2] / "deploy" / "sample" / "kb"


@dataclass(frozen=True)
class EndState:
    """What a world has found at its end."""

    counts: Counts
    calls_again: int
    """Completions of the language model beyond the first one for the same question."""
    ended: int
    """Workers that ended by themselves."""
    recovery: float | None
    """Seconds; see `Ledger.recovery`."""
    happened: str
    wrong: tuple[str, ...]
    """Why the run proves nothing."""


class World:
    """What runs while a scenario happens."""

    def __init__(
        self,
        cluster: RealKafka,
        *,
        quick: bool,
        seed: int = 0,
        rival: Rival | None = None,
        minutes: float = 10.0,
        progress: Progress = lambda *_: None,
        logs: Path | None = None,
    ) -> None:
        """
        Args:
            seed: of all that is random.
            rival: works instead of ours, if given.
            minutes: that a run goes on which has no end of its own.
            logs: folder in which the workers' logs are kept, if one is given.
        """
        self.quick = quick
        self.minutes = minutes
        self.cluster = cluster
        self.random = Random(seed)  # noqa: S311  # the same victims each time
        self.settings = Settings(
            kafka_brokers=cluster.brokers,
            topic_prefix=f"c{uuid4().hex[:8]}-",
            session_seconds=QUICK_SESSION_SECONDS if quick else SESSION_SECONDS,
            llm="openai",
            openai_model="test-model",
            drafts="pointed",  # an exam asks the same at each start: calls beyond need
            log_format="json",
        )
        self._rival = rival
        self._watch = Watch(progress)
        self._happened: list[str] = []
        self._wrong: list[str] = []
        self._ends: list[float] = []
        self._again = 0
        self._logs = logs
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chaos-")))
            stack.callback(self._keep_logs, folder)
            self.llm = await stack.enter_async_context(models.running_llm())
            self.settings = self.settings.model_copy(update={"openai_base_url": self.llm.url})
            await admin.create_topics(self.settings)
            self.publisher = topics.SteadyPublisher(
                self.settings.kafka_brokers, self.topic(INCOMING)
            )
            outcomes = [self.topic(PROCESSED), self.topic(DEAD_LETTERS)]
            watching = self._watch.following(self.settings.kafka_brokers, outcomes)
            await stack.enter_async_context(watching)
            self.fleet = await stack.enter_async_context(Fleet(folder))
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    # What runs

    def topic(self, which: Any) -> str:
        """Return the name of a topic in this world."""
        return names.topic(self.settings, which)

    def command(
        self,
        *arguments: str,
        program: str = PROGRAM,
        packages: Path | None = None,
        without: Sequence[str] = (),
        **settings: Any,
    ) -> Command:
        """
        Return what runs a command of ours.

        Args:
            packages: a folder whose packages go before those of this checkout.
            without: settings that they do not know.
            settings: they go before those of the world.
        """
        if self._rival:
            return self._rival.command(self.settings)
        given = self.settings.model_copy(update=settings)
        path = {"PYTHONPATH": str(packages)} if packages else {}
        told = environment(given, TICKETSTREAM_WORKER_HTTP_PORT="0", **path)
        for name in without:
            told.pop(f"TICKETSTREAM_{name.upper()}", None)
        return Command([sys.executable, "-P", "-c", program, *(arguments or ("worker",))], told)

    async def workers(
        self, count: int, *, program: str = PROGRAM, **settings: Any
    ) -> list[KeptWorker]:
        """Start workers, and load the articles before the first ones."""
        if not self.fleet.workers and not self._rival:
            await self.load_articles(**settings)
        return await self.fleet.start(self.command(program=program, **settings), count)

    async def weaviate(self) -> RealWeaviate:
        """Start a Weaviate, in which workers that start from now on search; return it ready."""
        server = await self._stack.enter_async_context(in_a_thread(RealWeaviate()))
        self.settings = self.settings.model_copy(
            update={
                "knowledge": "weaviate",
                "weaviate_url": server.url,
                "weaviate_grpc_url": server.grpc_url,
            }
        )
        return server

    async def load_articles(self, folder: Path = ARTICLES, **settings: Any) -> None:
        """Load the articles in *folder*, by default the sample knowledge base."""
        loading = self.command("kb", "load", str(folder), **settings)
        await _run_command(loading)

    @asynccontextmanager
    async def publishing(
        self, sent: int | Iterable[IncomingMessage], rate: float = RATE
    ) -> AsyncIterator[asyncio.Task[None]]:
        """Publish while the block runs; it ends when the broker has everything."""
        given = list(messages(sent) if isinstance(sent, int) else sent)
        self.expect(sum(message.value is not None for message in given))
        task = asyncio.create_task(self.publisher.publish(given, rate))
        try:
            yield task
            await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def all_out(self, most_seconds: float = MOST_SECONDS) -> None:
        """Return when nothing is left to do, and nothing comes out any more; then end workers."""
        try:
            async with asyncio.timeout(most_seconds):
                while not await self._is_quiet():  # noqa: ASYNC110  # only the broker knows
                    await asyncio.sleep(0.5)
        except TimeoutError:
            self.happened(f"not at rest after {most_seconds:g} s")
            self.insist(False, "it did not come to rest")
        await self.fleet.stop_all()
        self._again = (await self.llm.tally())["again"]

    # What happens

    def expect(self, count: int) -> None:
        """Expect as many more messages to come out, for the progress bar."""
        self._watch.expected += count

    async def members(self, stage: str = "triage") -> int:
        """Return how many members the group of *stage* has."""
        group = names.group(self.settings, stage)
        return await asyncio.to_thread(topics.members, self.settings.kafka_brokers, group)

    def happened(self, what: str) -> None:
        """Note what happened, for the row."""
        self._happened.append(what)

    def insist(self, true: object, otherwise: str) -> None:
        """Note that the run proves nothing if *true* is not."""
        if not true:
            self._wrong.append(otherwise)

    def fault_ended(self) -> None:
        """Note that what was away is back from now on, or that what is killed is dead."""
        self._ends.append(time())

    async def at_work(self, most_seconds: float = IDLE_SECONDS) -> KeptWorker | None:
        """Return a random worker that waits for the model, once there is one; else None."""
        with suppress(TimeoutError):
            async with asyncio.timeout(most_seconds):
                while not (found := self.fleet.named(await self.llm.callers())):  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
                return self.random.choice(found)
        return None

    async def working(self, worker: KeptWorker, most_seconds: float = IDLE_SECONDS) -> None:
        """Return once *worker* has waited for the model, or *most_seconds* are over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(most_seconds):
                while worker.name not in await self.llm.callers():  # noqa: ASYNC110
                    await asyncio.sleep(0.02)

    async def kill_workers(
        self,
        kills: int,
        pause: float,
        idle_seconds: float = IDLE_SECONDS,
        *,
        must_hit: int | None = None,
    ) -> str:
        """
        Kill random workers in the middle of a call, one after the other, *pause* s apart.

        Returns what it did, in words for the row. Of the kills *must_hit* have to cut a call, by
        default half.
        """
        hits = 0
        cut = (await self.llm.tally())["cut"]
        for _ in range(kills):
            victim = await self.at_work(idle_seconds)
            before = (await self.llm.tally())["cut"]
            if victim and victim.send(SIGKILL):
                self.fault_ended()
                hits += await self.llm.has_cut(before + 1)
            await asyncio.sleep(pause)
        cut = (await self.llm.tally())["cut"] - cut
        self.insist(
            hits >= ((kills + 1) // 2 if must_hit is None else must_hit),
            f"only {hits} of {kills} kills hit a call",
        )
        return f"{kills} kills, {hits} in the middle of calls, {cut} calls cut"

    # What became of it

    def ledger(self) -> Ledger:
        """Return the ledger of what is on the topics now."""
        brokers = self.settings.kafka_brokers
        return Ledger(
            *(
                topics.all_records(brokers, self.topic(t))
                for t in (INCOMING, PROCESSED, DEAD_LETTERS)
            ),
            published=self._watch.expected,
            with_ids=not self._rival,
        )

    def degraded(self) -> int:
        """Return how many results say that a stage had to do without its backend."""
        return sum(result.degraded for result in self.ledger().results)

    async def found(self) -> EndState:
        """Return what is on the topics in the end."""
        ledger = await asyncio.to_thread(self.ledger)
        self.insist(ledger.came, "no message came")
        forced = self.fleet.forced
        self.insist(not forced, f"{forced} workers did not end when they were asked to")
        return EndState(
            counts=ledger.counts(),
            calls_again=self._again,
            ended=self.fleet.by_themselves,
            recovery=ledger.recovery(self._ends),
            happened=", ".join(self._happened),
            wrong=tuple(self._wrong),
        )

    def _keep_logs(self, folder: Path) -> None:
        if self._logs:
            shutil.copytree(folder, self._logs, dirs_exist_ok=True)

    def _groups(self) -> dict[str, str]:
        """Return the groups that have something to do, each with the topic that it reads."""
        if self._rival:
            return {self._rival.group(self.settings): self.topic(INCOMING)}
        return {names.group(self.settings, s): self.topic(t) for s, t in READS.items()}

    async def _is_quiet(self) -> bool:
        if self._watch.quiet_seconds < QUIET_SECONDS:
            return False
        with suppress(KafkaException):
            return not await asyncio.to_thread(
                topics.behind, self.settings.kafka_brokers, self._groups()
            )
        return False


@asynccontextmanager
async def in_a_thread(server: Server) -> AsyncIterator[Server]:
    """Run a server, started and ended in threads; also ended if we are while it starts."""
    starting = asyncio.create_task(asyncio.to_thread(server.__enter__))
    try:
        await asyncio.shield(starting)
        yield server
    finally:
        await asyncio.gather(starting, return_exceptions=True)  # no thread can be cancelled
        await asyncio.to_thread(server.__exit__, None, None, None)


async def _run_command(command: Command) -> None:
    """Run *command* to its end. Raises RuntimeError if it fails, with what it said."""
    process = await asyncio.create_subprocess_exec(
        *command.arguments,
        env=dict(command.environment),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    if process.returncode:
        raise RuntimeError(said.decode(errors="replace")[-2000:])
