"""
Inputs through the whole route, in this process, each with the articles that it is about.

The knowledge base is in memory, whichever the settings choose: an input's own articles go into no
other. They are read from files, as `kb load` does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from schemas import Article
from streams.assembly import Assembly
from streams.backends.embedded.knowledge import EmbeddedKnowledge
from streams.cli import terminal
from streams.cli.evaluate.labelled_ticket import LabelledTicket, TicketLabels
from streams.cli.evaluate.reading_case import ReadingCase
from streams.cli.evaluate.reading_outcome import ReadingOutcome
from streams.cli.evaluate.route_run import readable_articles, through_route
from streams.errors import ConfigurationError
from streams.knowledge.article_files import articles_in
from streams.settings import Settings

PlacedCase = tuple[str, ReadingCase]
"""Where a case stands, and the case."""


async def outcomes_of(
    settings: Settings,
    cases: Sequence[PlacedCase],
    kb: Path,
    *,
    at_once: int,
    done: Callable[[], None],
) -> list[ReadingOutcome]:
    """
    Return what becomes of *cases*, *at_once* of them at a time; call *done* after each.

    Those without articles of their own are answered from the ones in *kb*.

    Raises:
        Unavailable: A backend refuses us, and would refuse every other ticket.

        ConfigurationError: A setting is wrong, or *kb* has no article.
    """
    found: dict[int, ReadingOutcome] = {}
    async with Assembly(settings, base := EmbeddedKnowledge()) as parts:
        held: list[str] = []
        for numbers in _groups([case for _, case in cases]):
            place, first = cases[numbers[0]]
            own = first.articles
            articles = readable_articles(kb) if own is None else _articles_of(own, place)
            await base.remove(held)
            held = [article.doc_id for article in articles]
            await base.put(articles)
            group = [cases[number][1] for number in numbers]
            made = await _through(parts, group, at_once=at_once, done=done)
            found |= dict(zip(numbers, made, strict=True))
    return [found[number] for number in range(len(cases))]


def _groups(cases: Sequence[ReadingCase]) -> list[list[int]]:
    """Return the numbers of the cases that share articles, and of each that has its own."""
    shared = [number for number, case in enumerate(cases) if case.articles is None]
    own = [[number] for number, case in enumerate(cases) if case.articles is not None]
    return [shared, *own] if shared else own


async def _through(
    parts: Assembly, cases: Sequence[ReadingCase], *, at_once: int, done: Callable[[], None]
) -> list[ReadingOutcome]:
    for case in cases:
        if case.ticket is None:
            done()
    tickets = [LabelledTicket(one.ticket, TicketLabels()) for one in cases if one.ticket]
    made = iter(await through_route(parts, tickets, at_once=at_once, done=done))
    return [ReadingOutcome(case, next(made) if case.ticket else None) for case in cases]


def _articles_of(files: Mapping[str, str], place: str) -> list[Article]:
    """Return the articles in *files* that are for customers to read, and say why others are not."""
    good = []
    with TemporaryDirectory() as folder:
        for name, content in files.items():
            Path(folder, name).write_bytes(content.encode("utf-8", "replace"))
        try:
            for found in articles_in(Path(folder)):
                if isinstance(found, Article):
                    good.append(found)
                else:
                    terminal.note(f"{place}: {str(found).removeprefix(f'{folder}/')}")
        except ConfigurationError as error:
            terminal.note(f"{place}: {str(error).removeprefix(f'{folder}: ')}")
    return good
