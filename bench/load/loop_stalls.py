"""
How long the event loop stands still while there is something heavy to do.

    python -m bench.load.loop_stalls [--article 900000] [--message 200000] [--tickets 10]

In: the start of a worker's parts, a first ticket that is not English, articles and tickets as
long as they may be (or longer, if told so), of every shape and script that is slow somewhere,
tickets beside an article, and a knowledge base so large that a search takes milliseconds; then
tickets as long as a language model reads them, with the tests' server for one. Out: a line of JSON
for each, with

* seconds: how long it took
* stall_ms: the longest time, in the quietest of the rounds, that a task which wants to run every
  millisecond was kept waiting; a first ticket has one round
* by_work_ms: the same without the wait for a core, which on a busy machine is most of it: no more
  than the processor time of all of Python's threads, nor than the time in which the loop's thread
  was not ready to run or ran

With --most, it fails when a stall by work after the start is longer than so many milliseconds.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

import click

from bench.chaos.llm import running_llm
from schemas import Article, Event, IncomingTicket
from streams.assembly import Assembly
from streams.backends.embedded.knowledge import EmbeddedKnowledge
from streams.backends.openai.classifier import LONGEST
from streams.ports import Scope
from streams.settings import Settings
from streams.worker import tune_interpreter

BEAT_SECONDS = 0.001
PROSE = "I was charged twice for plan {n} in March. Could you please refund the second charge? "
ASKED = "How do I get a refund of the second charge? "
GERMAN = "Ich wurde im März zweimal für Tarif {n} belastet. Können Sie mir das bitte erstatten? "

Workload = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Sizes:
    """Characters of an article and of a message, tickets at once, passages in all."""

    article: int
    message: int
    tickets: int
    passages: int


@click.command()
@click.option("--article", default=900_000, show_default=True, type=click.IntRange(1_000))
@click.option("--message", default=200_000, show_default=True, type=click.IntRange(1_000))
@click.option("--tickets", default=10, show_default=True, type=click.IntRange(1))
@click.option("--passages", default=20_000, show_default=True, type=click.IntRange(100))
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1))
@click.option("--most", type=float, help="Milliseconds that a stall may last.")
def main(
    article: int, message: int, tickets: int, passages: int, rounds: int, most: float | None
) -> None:
    """Measure the stalls. Articles and messages are of so many characters."""
    longest = asyncio.run(measure(Sizes(article, message, tickets, passages), rounds))
    if most is not None and longest > most:
        sys.exit(f"the loop stood still for {longest:.0f} ms")


async def measure(sizes: Sizes, rounds: int) -> float:
    """Print a line for each case; return the longest stall by work in milliseconds."""
    await asyncio.to_thread(bool)  # asyncio's own threads are there
    longest = await _longest("start", Settings(), partial(cases, sizes=sizes), rounds)
    async with running_llm() as llm:
        await llm.set(seconds=0.0)
        model = Settings(
            llm="openai", openai_base_url=llm.url, openai_model="test-model", drafts="pointed"
        )
        asked = partial(model_cases, sizes=sizes)
        return max(longest, await _longest("start with a model", model, asked, rounds))


async def _longest(
    start: str,
    settings: Settings,
    made: Callable[[Assembly], Iterator[tuple[str, Workload]]],
    rounds: int,
) -> float:
    """Do what measure does, for the cases that are *made* of the parts that *settings* choose."""
    parts = Assembly(settings)
    longest = 0.0
    async with Beat() as beat:
        await parts.__aenter__()
    print_stall(start, beat)  # nobody is served yet
    tune_interpreter()  # as a worker does
    try:
        for name, work in made(parts):
            found = []
            for _ in range(1 if name.startswith("first") else rounds):
                async with Beat() as beat:
                    await work()
                found.append(beat)
            quietest = min(found, key=lambda one: one.by_work)
            longest = max(longest, print_stall(name, quietest))
    finally:
        await parts.__aexit__(None, None, None)
    return longest


def print_stall(name: str, beat: Beat) -> float:
    """Print what *beat* measured; return the longest stall by work in milliseconds."""
    figures = {
        "case": name,
        "seconds": round(beat.seconds, 3),
        "stall_ms": round(1_000 * beat.longest, 1),
        "by_work_ms": round(1_000 * beat.by_work, 1),
    }
    click.echo(json.dumps(figures))
    return 1_000 * beat.by_work


def cases(parts: Assembly, sizes: Sizes) -> Iterator[tuple[str, Workload]]:
    """Yield what is measured, by name."""
    counter, tickets = count(), sizes.tickets
    yield "first ticket in German", lambda: through(parts, [GERMAN.format(n=1)])
    for shape, body in bodies(sizes.article).items():
        yield f"article, {shape}", partial(indexed, parts, body, counter)
    for shape, body in texts_by_shape(sizes.message).items():
        yield f"{tickets} tickets, {shape}", partial(through, parts, [body] * tickets)
    page, german = bodies(sizes.article)["HTML"], texts_by_shape(sizes.message)["German"]
    yield (
        f"{tickets} tickets, German, beside an article",
        lambda: asyncio.gather(indexed(parts, page, counter), through(parts, [german] * tickets)),
    )
    large = EmbeddedKnowledge()
    yield f"{sizes.passages} passages put", lambda: put_articles(large, sizes.passages)
    yield "9 searches among them", lambda: search_at_once(large)


def model_cases(parts: Assembly, sizes: Sizes) -> Iterator[tuple[str, Workload]]:
    """Yield what is measured of a language model's work, by name."""
    yield "first ticket with a model", lambda: through(parts, [ASKED])
    article = Article(doc_id="KB-1", title="Refund of a second charge", body=ASKED + PROSE)
    yield "one article", lambda: parts.backend.put([article])
    for shape, body in texts_by_shape(min(sizes.message, LONGEST)).items():
        texts = [ASKED + body] * sizes.tickets
        yield f"{sizes.tickets} tickets with a model, {shape}", partial(through, parts, texts)


def bodies(characters: int) -> dict[str, str]:
    """Return articles' bodies of *characters*, by their shape."""
    words = " ".join(PROSE.format(n=n) for n in range(characters // len(PROSE)))
    lines = [words[at : at + 80].strip() for at in range(0, len(words), 80)]
    shapes = {
        "prose": "\n\n".join(words[at : at + 600] for at in range(0, len(words), 600)),
        "one paragraph": words,
        "list": "\n".join(f"- {line}" for line in lines),
        "table": "\n".join(["| a | b |", "|-|-|", *(f"| {x[:40]} | {x[40:]} |" for x in lines)]),
        "HTML": "<main>" + "".join(f"<p>{x} <b>{x[:9]}</b> <a href='/'>x</a></p>" for x in lines),
        "line breaks": "<main>" + "word<br>" * (characters // 8),
        "short lines": "x\n" * (characters // 2),
        "no spaces": "x" * characters,
        "Japanese": "日本語の文章です。" * (characters // 9),
    }
    return {shape: body[:characters] for shape, body in shapes.items()}


def texts_by_shape(characters: int) -> dict[str, str]:
    """Return messages of *characters*, by their shape."""
    shapes = {
        "prose": PROSE.format(n=1),
        "German": GERMAN.format(n=1),
        "Japanese": "日本語の文章です。",
        "Hindi": "मुझसे दो बार शुल्क लिया गया। ",
        "emoji": "😡",
        "words of signals": "ä my the ai note to boss somebody new access to our é contact ",
        "HTML": f"<p>{PROSE.format(n=1)}</p>",
        "open tags": "<div>",
        "empty lines": "\n\n\n\n\nx",
        "history": "> On Monday somebody wrote:\n",
        "fields": "From: a\n",
        "digits": "4111 1111 1111 1111 ",
        "numbers of one digit": "1 ",
        "log": "10:07:59 4 9973 0.25 ",
        "addresses": "jo.doe@example.com ",
        "no spaces": "x",
    }
    return {shape: (one * (characters // len(one))) for shape, one in shapes.items()}


async def indexed(parts: Assembly, body: str, numbers: Iterator[int]) -> None:
    """Index an article with *body* that is not there yet, and remove it."""
    number = next(numbers)
    article = Article(doc_id=f"LONG-{number}", title=f"Article {number}", body="x")
    article = article.model_copy(update={"body": body})  # however long
    await parts.backend.put([article])
    await parts.backend.remove([article.doc_id])


async def through(parts: Assembly, texts: list[str]) -> None:
    """Take tickets with *texts* through all stages, side by side."""
    await asyncio.gather(*(_through(parts, text, n) for n, text in enumerate(texts)))


async def _through(parts: Assembly, text: str, number: int) -> None:
    ticket = IncomingTicket(
        ticket_id=f"T-{number}", message_id=f"<{number}>", subject="Help", raw_message=PROSE
    )
    event: Event = ticket.model_copy(update={"raw_message": text})  # however long
    for stage in parts.route.stages:
        event = await stage.does(event)
        await asyncio.sleep(0)


async def put_articles(large: EmbeddedKnowledge, passages: int) -> None:
    """Put articles of four passages each into *large*; nothing changes the second time."""
    articles = [
        Article(
            doc_id=f"KB-{n}",
            title=f"Plan {n}",
            body="\n\n".join(f"## Part {p}\n\n{PROSE.format(n=n * p) * 6}" for p in range(4)),
        )
        for n in range(passages // 4)
    ]
    await large.put(articles)


async def search_at_once(large: EmbeddedKnowledge) -> None:
    """Ask *large* nine questions at once, as a ticket with eight problems does."""
    scope = Scope("default", datetime.now(UTC))
    asked = [PROSE.format(n=n) * 20 for n in range(9)]
    await asyncio.gather(*(large.search(one, limit=5, scope=scope) for one in asked))


class Beat:
    """A task that wants to run every millisecond, until its `async with` block ends."""

    def __init__(self) -> None:
        self.longest = self.by_work = self.seconds = 0.0

    async def __aenter__(self) -> Self:
        self._wait = WaitForACore()
        self._began = time.perf_counter()
        self._beating = asyncio.create_task(self._beat())
        await asyncio.sleep(0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.sleep(2 * BEAT_SECONDS)  # what came last is seen, too
        self._beating.cancel()
        self.seconds = time.perf_counter() - self._began
        self._wait.close()

    async def _beat(self) -> None:
        while True:
            # To read a file lets other threads have the interpreter: not within what is measured.
            waited, worked = self._wait.seconds(), time.process_time()
            began = time.perf_counter()
            await asyncio.sleep(BEAT_SECONDS)
            late = time.perf_counter() - began - BEAT_SECONDS
            worked = time.process_time() - worked
            self.longest = max(self.longest, late)
            self.by_work = max(self.by_work, min(worked, late - self._wait.seconds() + waited))


class WaitForACore:
    """How long this thread has waited for a core so far; 0 where Linux does not say it."""

    def __init__(self) -> None:
        file = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")
        self._file = file.open("rb", buffering=0) if file.exists() else None

    def seconds(self) -> float:
        """Return the seconds since the thread began."""
        if not self._file:
            return 0.0
        self._file.seek(0)
        return int(self._file.read().split()[1]) / 1e9

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()


if __name__ == "__main__":
    main()
