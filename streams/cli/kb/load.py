"""
`ticketstream kb load`: articles from files to `kb-articles`.

What is there is read first: an article that is there in just this form is not sent again, and
with `--prune` those that no file has any more are deleted, as long as no file is broken.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from schemas import Article
from schemas.topics import ARTICLES
from streams.cli import terminal
from streams.cli.bulk_publisher import JSON, publishing
from streams.cli.exit_codes import DONE, INTERRUPTED, PARTLY, WRONG
from streams.cli.kb.connection import there
from streams.knowledge import article_files
from streams.knowledge.article_fields import too_large
from streams.settings import Settings


async def load_articles(
    settings: Settings, paths: Sequence[Path], *, prune: bool, dry_run: bool, sure: bool
) -> int:
    """
    Publish the articles in the files and folders at *paths*, and say how many there were.

    A broken one is named with the reason, and the others are loaded. With *prune*, articles of
    the same tenants that no file has are deleted, unless a file is broken: it may be theirs. A
    person at a terminal is asked before that, if not *sure*. A *dry_run* changes nothing.

    Raises:
        Unavailable: Kafka does not answer.

        ConfigurationError: There is nothing at a path or in it, or the topic is missing or wrong.
    """
    found = list(article_files.articles_in(*paths))
    now = await there(settings)
    good = list(_ours(_good(found), now))
    plan = _plan(good, now, prune=prune, broken=len(found) - len(good))
    if prune and plan.broken:
        terminal.complain(
            "nothing is deleted while a file is broken, for its article may be one of those to"
            " keep: mend it, or take it out, and load again"
        )
    if dry_run:
        _say_what_would_be_done(plan)
        return plan.exit_code
    asks = bool(plan.gone) and not sure and terminal.is_read_by_person() and sys.stdin.isatty()
    if asks and not _agrees_to_delete(plan.gone):
        terminal.note("nothing was changed")
        return INTERRUPTED
    await _carry_out(settings, plan)
    if not asks:
        _name(plan.gone, "deleted")
    terminal.count(
        loaded=len(plan.new), unchanged=plan.unchanged, deleted=len(plan.gone), broken=plan.broken
    )
    return plan.exit_code


@dataclass(frozen=True)
class _Plan:
    """What is to be sent, how many need not be, what is to be deleted, how many cannot be read."""

    new: Sequence[Article]
    unchanged: int
    gone: Sequence[Article]
    broken: int

    @property
    def exit_code(self) -> int:
        """What the command ends with, once all of it is done."""
        if not self.broken:
            return DONE
        return PARTLY if self.new or self.unchanged else WRONG


def _plan(
    good: Sequence[Article], now: Mapping[str, Article], *, prune: bool, broken: int
) -> _Plan:
    """Return what to do to have *good* instead of what is there *now*."""
    new = [one for one in good if not _is_same(one, now.get(one.doc_id))]
    kept, tenants = {one.doc_id for one in good}, {one.tenant for one in good}
    gone = [one for i, one in sorted(now.items()) if i not in kept and one.tenant in tenants]
    return _Plan(new, len(good) - len(new), gone if prune and not broken else (), broken)


def _is_same(one: Article, other: Article | None) -> bool:
    return other is not None and article_files.as_sent(one) == article_files.as_sent(other)


def _good(found: Iterable[Article | article_files.Broken]) -> Iterator[Article]:
    for one in found:
        if isinstance(one, article_files.Broken):
            terminal.complain(str(one))
        elif fault := too_large(one):
            terminal.complain(fault)
        else:
            yield one


def _ours(good: Iterable[Article], now: Mapping[str, Article]) -> Iterator[Article]:
    """Yield those of *good* that take the place of no other tenant's article."""
    for one in good:
        other = now.get(one.doc_id)
        if other is None or other.tenant == one.tenant:
            yield one
        else:
            terminal.complain(
                f"{one.doc_id}: is there for another tenant ({other.tenant}), and {ARTICLES.name}"
                " keeps one: give it an id of its own"
            )


def _say_what_would_be_done(plan: _Plan) -> None:
    _name(plan.gone, "would be deleted")
    terminal.count(
        to_load=len(plan.new),
        unchanged=plan.unchanged,
        to_delete=len(plan.gone),
        broken=plan.broken,
    )


def _agrees_to_delete(gone: Sequence[Article]) -> bool:
    """Name what would be deleted, and return whether the person at the terminal wants that."""
    _name(gone, "to delete")
    return terminal.agrees(f"Delete these ({len(gone):,}) from the knowledge base?")


def _name(gone: Sequence[Article], done: str) -> None:
    if gone:
        terminal.show_rows({"doc_id": a.doc_id, "title": a.title, "prune": done} for a in gone)


async def _carry_out(settings: Settings, plan: _Plan) -> None:
    """Send what is new, and when the broker has it, delete what is gone."""
    async with publishing(settings, ARTICLES) as publisher:
        with terminal.progress(len(plan.new) + len(plan.gone), "articles") as bar:
            for article in plan.new:
                await publisher.send(
                    article.doc_id.encode(), article_files.as_sent(article), [JSON]
                )
                bar.update()
            await publisher.confirm()
            for article in plan.gone:
                await publisher.send(article.doc_id.encode(), None, [])
                bar.update()
