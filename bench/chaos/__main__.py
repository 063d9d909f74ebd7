"""Runs scenarios, shows a row of each as soon as it is done, and says what failed."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import click
import structlog

from bench.chaos.display import Shown
from bench.chaos.row import RunRow
from bench.chaos.run import Run
from bench.chaos.scenarios import RUNS, chosen
from bench.chaos.world import World, in_a_thread
from tests.support.kafka import RealKafka, jars


@click.command()
@click.argument("scenarios", nargs=-1, type=click.Choice(sorted({str(r.number) for r in RUNS})))
@click.option("--quick", is_flag=True, help="Few scenarios, in small: some minutes.")
@click.option("--list", "listed", is_flag=True, help="Say what there is, and do nothing.")
@click.option("--ours", is_flag=True, help="Without the rivals.")
@click.option("--minutes", default=10.0, show_default=True, help="That scenario 12 goes on.")
@click.option("--logs", type=click.Path(path_type=Path), help="Folder to keep workers' logs in.")
def main(
    scenarios: tuple[str, ...],
    *,
    quick: bool,
    listed: bool,
    ours: bool,
    minutes: float,
    logs: Path | None,
) -> None:
    """
    Let workers, brokers and backends die, and count what becomes of the tickets.

    Exits with 1 if a ticket is lost, has another id than it must have, is out of order or became
    what it should not; and if twice in a row nothing happened, it did not come to rest, more was
    paid for twice than was in flight, or workers ended by themselves. Rivals only stand beside it.
    """
    runs = chosen(tuple(map(int, scenarios)), quick=quick)
    runs = [run for run in runs if not (ours and run.rival)]
    if listed:
        for run in RUNS:
            click.echo(f"{run.title:22} {run.says}")
        return
    if not runs:
        raise click.UsageError("none of these is in --quick")
    jars()
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(sys.stderr))
    how = partial(_world, quick=quick, minutes=minutes, logs=logs)
    try:
        sys.exit(asyncio.run(_main(runs, how)))
    except asyncio.CancelledError:  # SIGTERM
        sys.exit(128 + signal.SIGTERM)


def _world(run: Run, cluster: RealKafka, *, logs: Path | None, **parts: Any) -> World:
    """Return the world in which *run* happens."""
    kept = logs and logs / run.title.replace(" ", "-")
    return World(cluster, seed=run.number, rival=run.rival, logs=kept, **parts)


async def _main(runs: Sequence[Run], how: Callable[..., World]) -> int:
    """Run everything; end what runs also on SIGTERM, as Ctrl-C does."""
    task = asyncio.current_task()
    assert task
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    failed = False
    async with AsyncExitStack() as stack:
        shown = stack.enter_context(Shown())
        clusters = Clusters(stack)
        for run in runs:
            shown.begin(run)
            row = await _row(run, clusters, shown, how)
            if row.proves_nothing and not run.rival:
                shown.row(row)
                shown.begin(run)
                row = await _row(run, clusters, shown, how)  # once: chance may have missed
            shown.row(row)
            failed |= row.fails
    return int(failed)


async def _row(run: Run, clusters: Clusters, shown: Shown, how: Callable[..., World]) -> RunRow:
    """Return the row of *run*; one that did not come to its end says why."""
    try:
        async with (
            clusters.cluster(run) as cluster,
            how(run, cluster, progress=shown.progress) as world,
        ):
            await run.does(world)
            return RunRow.of(run, await world.found())
    except Exception as error:
        reason = f"did not come to its end: {type(error).__name__}: {error}"
        return RunRow(run, None, 0, None, reason, (reason,))


class Clusters:
    """The Kafkas: one for all that do it no harm, started when it is needed first."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack
        self._shared: RealKafka | None = None

    @asynccontextmanager
    async def cluster(self, run: Run) -> AsyncIterator[RealKafka]:
        """Give the cluster that *run* needs."""
        if run.cluster == "shared":
            if not self._shared:
                self._shared = await self._stack.enter_async_context(in_a_thread(RealKafka()))
            yield self._shared
        else:
            async with in_a_thread(RealKafka(3 if run.cluster == "three" else 1)) as own:
                yield own


if __name__ == "__main__":
    main()
