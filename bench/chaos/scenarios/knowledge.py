"""What happens to the knowledge base: Weaviate is killed while articles are loaded."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.chaos.run import Run
from bench.chaos.world import World

ARTICLES = 300


def _write_articles(folder: Path) -> None:
    for number in range(ARTICLES):
        Path(folder, f"{number}.md").write_text(
            f"---\ndoc_id: MORE-{number}\ntitle: About part {number}\n"
            f"url: https://help.example.com/more/{number}\n---\n"
            f"Part {number} is replaced within {number} days. Ask for part {number} by its name.\n"
        )


async def weaviate_killed(world: World) -> None:
    """Kill -9 Weaviate and start it again, while tickets come and articles are loaded."""
    server = await world.weaviate()
    await world.workers(2)
    with TemporaryDirectory() as folder:
        _write_articles(Path(folder))
        async with world.publishing(1200, rate=30):
            await asyncio.sleep(5)
            loading = asyncio.create_task(world.load_articles(Path(folder)))
            await asyncio.sleep(1)
            await asyncio.to_thread(server.kill)
            await asyncio.sleep(5)
            await asyncio.to_thread(server.restart)
            world.fault_ended()
            await loading
    await world.all_out()
    degraded = world.degraded()
    world.happened(f"Weaviate killed, {ARTICLES} articles loaded meanwhile, {degraded} degraded")
    world.insist(degraded, "nobody missed Weaviate")


KNOWLEDGE = (Run(4, "Weaviate killed and restarted; loading articles meanwhile", weaviate_killed),)
