"""`ticketstream kb search`: the passages that bear on a question, their scores, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from schemas import Passage
from streams.backends.embedded.knowledge import EmbeddedKnowledge
from streams.cli import terminal
from streams.cli.exit_codes import DONE
from streams.cli.kb.connection import fill, there
from streams.evidence.explanation import Why, marks
from streams.evidence.relevance import DEFAULT_FLOOR
from streams.knowledge import selection
from streams.ports import Scope
from streams.settings import Settings

_SNIPPET = 240
"""Characters of a passage that a terminal shows."""

_Found = Sequence[tuple[Passage, Why]]


async def show_passages(
    settings: Settings, query: str, *, limit: int, tenant: str, audience: str
) -> int:
    """
    Show the passages that bear on *query*, best first, from the articles that are there now.

    Raises:
        Unavailable: Kafka, or a knowledge base elsewhere, does not answer.

        ConfigurationError: The topic does not exist or has a wrong policy.
    """
    floor = DEFAULT_FLOOR if settings.floor is None else settings.floor
    scope = Scope(tenant=tenant, now=datetime.now(UTC), audience=audience)
    async with selection.backend(settings) as base:
        if isinstance(base, EmbeddedKnowledge):
            await fill(base, [*(await there(settings)).values()])
        found = await base.explain(query, limit=limit, scope=scope)
    if terminal.is_read_by_person():
        _show(found, floor)
    else:
        for passage, why in found:
            terminal.json_line(_row(passage, why, floor))
    if isinstance(base, EmbeddedKnowledge) and not len(base):
        terminal.note('the knowledge base is empty: load articles with "ticketstream kb load"')
    elif not any(passage.score >= floor for passage, _ in found):
        best = f"nothing reaches {floor:g}" if found else "nothing found"
        terminal.note(f"no evidence ({best}): a draft would say so, and be escalated")
    return DONE


def _row(passage: Passage, why: Why, floor: float) -> terminal.Row:
    """Return what a program reads."""
    return {
        "score": round(passage.score, 3),
        "evidence": passage.score >= floor,
        "id": passage.chunk_id,
        "title": passage.title,
        "url": passage.url,
        "text": passage.text,
        "why": {**_rounded(asdict(why)), "floor": floor},
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    return round(value, 3) if isinstance(value, float) else value


def _show(found: _Found, floor: float) -> None:
    """Show a table: the evidence first in each row, and the words of the question marked."""
    if not found:
        return
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("score", no_wrap=True)
    table.add_column("id", no_wrap=True)
    table.add_column("passage, and why", overflow="fold")
    for passage, why in found:
        is_evidence = passage.score >= floor
        score = Text(f"{passage.score:.2f}", style="green" if is_evidence else "red")
        if not is_evidence:
            score.append(f"\n< {floor:.2f}")
        told = Text("\n").join(
            [
                _marked(passage.title, why, "bold"),
                _marked(_snippet(passage.text, why), why),
                Text(_because(why), style="dim"),
            ]
        )
        table.add_row(score, Text(terminal.plain(passage.chunk_id)), told)
        table.add_section()
    Console().print(table)


def _marked(text: str, why: Why, style: str = "") -> Text:
    shown = Text(terminal.plain(text), style=style)
    for begin, end in marks(shown.plain, why.matched):
        shown.stylize("bold yellow underline", begin, end)
    return shown


def _snippet(text: str, why: Why) -> str:
    """Return the part of *text* in which most of the words are that matched."""
    text = " ".join(text.split())
    if len(text) <= _SNIPPET:
        return text
    found = [begin for begin, _ in marks(text, why.matched)]
    within = {at: sum(at <= other < at + _SNIPPET for other in found) for at in found}
    best = max(within, key=within.__getitem__, default=0)
    begin = min(best, len(text) - _SNIPPET)
    begin = text.rfind(" ", 0, begin) + 1 if begin else 0
    end = begin + _SNIPPET
    if end < len(text):
        end = text.rfind(" ", begin, end)
    return ("… " if begin else "") + text[begin:end] + (" …" if end < len(text) else "")


def _because(why: Why) -> str:
    """Return why in two lines: places and words, then each sign and what it adds."""
    ranks = ", ".join(
        f"{name} #{rank}" if rank else f"not by {name}"
        for name, rank in (("words", why.places.words), ("meaning", why.places.meaning))
    )
    lacks = f"; lacks {', '.join(why.missing)}" if why.missing else ""
    words = f"has {', '.join(why.matched) or 'none of the words'}{lacks}"
    signs = ", ".join(
        f"{name} {sign:.2f} {why.points[name]:+.1f}" for name, sign in why.signs.items()
    )
    return f"{terminal.plain(f'{ranks}; {words}')}\n{signs}, bias {why.points['bias']:+.1f}"
