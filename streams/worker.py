"""
A worker process: any of the stages, each as an agent of its own, side by side.

It starts what its stages need, refuses topics that would break the promise, joins the
groups, and runs until SIGTERM (then it drains and returns) or until one of its apps
stops by itself (then it says why, and fails).
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from itertools import pairwise
from typing import Any, Self

import structlog
from aiorwlock import RWLock

from schemas.topics import ARTICLES, DEAD_LETTERS, SPENDING
from streams import tracing
from streams.agents import Agent
from streams.assembly import Assembly
from streams.backends.kafka import admin, clients, connection, names, rights
from streams.backends.kafka.rights_watch import RightsWatch
from streams.backends.kafka.spending_topic import SpendingTopic
from streams.errors import ConfigurationError
from streams.faust_driver.app import group_alive
from streams.knowledge import selection
from streams.pipeline import STAGES
from streams.service import shutdown
from streams.service.probe_server import OpsServer
from streams.settings import Settings

log = structlog.get_logger()

LOOK_SECONDS = 0.5
"""Seconds between two looks at what a worker waits for before it takes tickets."""
_SEARCHES = "retrieval"
"""The stage that needs the articles."""
END_SECONDS = 10
"""Seconds after the grace time for a worker to leave its groups and close its connections."""


class Worker:
    """The chosen stages at work, until the `async with` block ends."""

    def __init__(
        self, settings: Settings, stages: Sequence[str] = STAGES, *, in_step: bool = False
    ) -> None:
        """
        Args:
            in_step: let no stage run far ahead of the next one, for a broker that forgets what
                is not read in time, as the embedded one does.

        Raises:
            ConfigurationError: A stage is unknown, or taxonomy or policy are not valid.
        """
        unknown = set(stages) - set(STAGES)
        if unknown or not stages:
            raise ConfigurationError(f"choose stages among {', '.join(STAGES)}")
        self._settings = settings
        self._parts = Assembly(settings)
        self._indexer = (
            selection.indexer(settings, self._parts.backend) if _SEARCHES in stages else None
        )
        if self._indexer:
            self._parts.is_filled = lambda: bool(self._indexer and self._indexer.is_caught_up)
        company = RWLock(fast=True)
        self._agents = [
            Agent(stage, settings, company=company)
            for stage in self._parts.route.stages
            if stage.name in stages
        ]
        self._rights = RightsWatch(settings, *(agent.stage.name for agent in self._agents))
        if not rights.spends(settings, *stages):
            self._parts.account = None  # these stages call no model
        if "drafting" not in stages:
            self._parts.admission = None  # these stages do not draft
        self._in_step = in_step
        self._kafka_answers = False
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """
        Start, say what that waits for, and return when every stage is on its way into its group.

        Retrieval joins later, when the articles are read: until then others have its partitions.

        Raises:
            ConfigurationError: A topic is missing or has a wrong policy, a right is missing, or a
            port is taken.

            Unavailable: Kafka does not answer.
        """
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._parts)
            ops = await stack.enter_async_context(
                OpsServer(self._settings, live=self.live, ready=self.ready, health=self.health)
            )
            _do_beside(stack, _say_what_it_waits_for(self.waits_for))
            await self._verify()
            self._kafka_answers = True
            _do_beside(stack, self._rights.run())
            if self._indexer:
                _do_beside(stack, self._indexer.run())
            if self._parts.account:
                account = SpendingTopic(self._settings, self._parts.account)
                await stack.enter_async_context(account)
            if self._parts.admission:
                _do_beside(stack, self._parts.admission.hold())
            if self._in_step:
                for agent in self._agents:
                    _do_beside(stack, _keep_in_step(agent, self._settings))
            stack.push_async_callback(self._stop_apps)
            late = [agent for agent in self._agents if agent.stage.name == _SEARCHES]
            for agent in late:
                joining = asyncio.create_task(self._join(agent))
                stack.push_async_callback(_cancelled, joining)
            await asyncio.gather(*(a.app.start() for a in self._agents if a not in late))
            log.info("worker started", stages=[a.stage.name for a in self._agents], url=ops.url)
            self._stack = stack.pop_all()
        tune_interpreter()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def failed(self) -> str:
        """Return, when a stage's app has crashed or stopped by itself, which one and why."""
        waits = {
            asyncio.create_task(agent.app.wait_until_stopped()): agent for agent in self._agents
        }
        try:
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits:
                task.cancel()
        agent = waits[done.pop()]
        reason = agent.app.crash_reason
        why = await self._why(reason) if reason else "it stopped by itself"
        return f"stage {agent.stage.name} does not run any more: {why}"

    async def _why(self, reason: BaseException) -> str:
        """Return what is said of *reason*: which right is missing, of foreign errors the class."""
        if isinstance(reason, connection.FORBIDDEN):
            await self._rights.look()
            return str(self._rights.missing or type(reason).__name__)
        return str(reason) if isinstance(reason, ConfigurationError) else type(reason).__name__

    def waits_for(self) -> str:
        """Return what must come before every stage takes tickets; nothing if they do."""
        if not self._kafka_answers:
            return f"Kafka at {self._settings.kafka_brokers} to answer that its topics are there"
        is_filled = not self._indexer or self._indexer.is_caught_up
        out = [a.stage.name for a in self._agents if not a.joined and (is_filled or a.app.started)]
        if out:
            return f"Kafka to let {', '.join(out)} into their consumer groups"
        if self._indexer and not is_filled:
            return f"the knowledge base: {self._indexer.status}"
        return ""

    @property
    def error(self) -> BaseException | None:
        """What a stage's app has crashed over, or could not drain for, if one has."""
        errors = (agent.app.drain_error or agent.app.crash_reason for agent in self._agents)
        return next((error for error in errors if error), None)

    def live(self) -> Mapping[str, str]:
        """Return the status of each stage's app, without asking anything else."""
        return {agent.stage.name: _status(agent) for agent in self._agents}

    def health(self) -> Mapping[str, str]:
        """Return what `ready` says, what each stage waits for, and how each backend is."""
        waiting = {a.stage.name: a.trouble for a in self._agents if a.trouble}
        articles = {"articles": self._indexer.status} if self._indexer else {}
        return {**self.ready(), **articles, **waiting, **self._parts.statuses()}

    def ready(self) -> Mapping[str, str]:
        """
        Return the status of each stage, of the articles if retrieval is among them, and of
        backends that refuse us, Kafka included. A backend that is away makes nothing unready.
        """
        joined = {
            agent.stage.name: _status(agent) if agent.joined else "has not joined its group yet"
            for agent in self._agents
        }
        if self._indexer:
            read = self._indexer.is_caught_up
            joined["articles"] = "healthy" if read else self._indexer.status
        return {**joined, **self._rights.refusals(), **self._parts.refusals()}

    async def _join(self, agent: Agent) -> None:
        """Have *agent* join its group when it can search. A fault is one of its app."""
        await self._articles()
        try:
            await agent.app.start()
        except Exception as error:
            await agent.app.crash(error)

    async def _articles(self) -> None:
        """
        Return when the articles are read, or when retrieval has to do without.

        A knowledge base that does not answer is waited for as long as a stage would.
        """
        assert self._indexer  # noqa: S101  # who has none does not ask
        read = asyncio.create_task(self._indexer.caught_up())
        try:
            while not read.done():
                await asyncio.wait({read}, timeout=self._settings.stage_seconds)
                if self._indexer.is_away:
                    return
        finally:
            read.cancel()

    async def _verify(self) -> None:
        """Return if Kafka has what the stages need, and lets them do what they have to."""
        stages = [agent.stage.name for agent in self._agents]
        async with rights.naming_missing_rights(self._settings, *stages):
            kept = await admin.verify_topics(self._settings, self._topics())
        await rights.require_rights(self._settings, *stages)
        for agent in self._agents:
            agent.figures.kept(kept.get(agent.stage.reads.name))

    def _topics(self) -> Sequence[names.AnyTopic]:
        stages = [agent.stage for agent in self._agents]
        used = [t for stage in stages for t in (stage.reads, stage.writes)]
        more = ([ARTICLES] if self._indexer else []) + ([SPENDING] if self._parts.account else [])
        return [*dict.fromkeys([*used, DEAD_LETTERS, *more])]

    async def _stop_apps(self) -> None:
        """Stop all of them, and raise the first error afterwards."""
        stopping = (agent.app.stop() for agent in self._agents if agent.app.started)
        for error in await asyncio.gather(*stopping, return_exceptions=True):
            if isinstance(error, BaseException):
                raise error


async def run(settings: Settings, stages: Sequence[str] = STAGES, *, in_step: bool = False) -> int:
    """
    Work until SIGTERM or SIGINT, then drain. Returns the process's exit code.

    It is 0 after a signal, and 1 when a stage's app crashed or stopped by itself, or when
    draining failed. A worker that cannot end in time, because Kafka is away or Faust hangs, ends
    the process at once: what was in flight is uncommitted, and done again by the next one.

    Raises:
        ConfigurationError, Unavailable: As `Worker`, when it starts.
    """
    asked = asyncio.create_task(shutdown.requested().wait())
    broken = asyncio.Event()
    breaking = asyncio.create_task(broken.wait())
    worker = Worker(settings, stages, in_step=in_step)
    working = asyncio.create_task(_work(worker, broken))
    await asyncio.wait({asked, breaking, working}, return_when=asyncio.FIRST_COMPLETED)
    if not asked.done() and not breaking.done():
        await working  # it could not start, and says why
    code = 0 if asked.done() else 1
    if asked.done():
        log.info("worker drains", grace_seconds=settings.grace_seconds)
        working.cancel()
    ended, _ = await asyncio.wait({working}, timeout=settings.grace_seconds + END_SECONDS)
    if not ended:
        log.error("worker is ended: it could not give back its work in time, so it is done again")
        tracing.stop_recording()
        os._exit(code)
    await asyncio.gather(_cancelled(asked), _cancelled(breaking))
    if error := _error_of(working) or (worker.error if asked.done() else None):
        log.error("worker did not end as it should", exc_info=error)
        return 1
    return code


async def _work(worker: Worker, broken: asyncio.Event) -> None:
    """Work until cancelled; set *broken* when a stage does not run any more."""
    async with worker:
        log.error("worker ends", reason=await worker.failed())
        broken.set()


def _error_of(task: asyncio.Task[None]) -> BaseException | None:
    """Return what ended *task*, unless it was cancelled or came to its end."""
    return None if task.cancelled() else task.exception()


async def _say_what_it_waits_for(waits_for: Callable[[], str]) -> None:
    """Log what a worker waits for, whenever that changes, until it waits for nothing."""
    said = ""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        now = waits_for()
        if not now:
            log.info("worker takes tickets")
            return
        if now != said:
            log.info("worker waits", waits_for=now)
            said = now


def tune_interpreter() -> None:
    """
    Collect garbage less often, and hand Python's interpreter lock over sooner.

    Every message makes and drops hundreds of objects; Python's default of 700 costs a tenth of
    throughput. What the start has made is not looked at again. The event loop lets the lock go
    whenever it sends something, and gets it back from a thread that computes after 1 ms, not 5.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    sys.setswitchinterval(0.001)


async def _keep_in_step(agent: Agent, settings: Settings) -> None:
    """Tell *agent* how far the stage after it is behind, for as long as it works."""
    after = dict(pairwise(STAGES)).get(agent.stage.name)
    if after:
        async with aclosing(clients.lags(settings, agent.stage.writes, after)) as lags:
            async for lag in lags:
                agent.room.ahead = lag


def _status(agent: Agent) -> str:
    if agent.app.crashed:
        return "crashed"
    return "healthy" if group_alive(agent.app) else "lost its consumer group"


def _do_beside(stack: AsyncExitStack, doing: Coroutine[Any, Any, object]) -> None:
    """Do *doing* in a task of its own, until it has ended or *stack* does."""
    stack.push_async_callback(_cancelled, asyncio.create_task(doing))


async def _cancelled(task: asyncio.Task[object]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
