"""One draft whole, as its reader would see it: under the question, with its sources."""

from __future__ import annotations

import unicodedata
from functools import cache

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from schemas import IncomingTicket, ProcessedTicket
from streams.cli import terminal
from streams.cli.up.reasons import reasons, shortened
from streams.definitions.phrases import load_phrases
from streams.reading.message import read_message
from streams.reading.phrases import Phrases

MARK = {"passed": "✓", "warning": "!", "failed": "✗"}
_WIDEST = 100
_QUESTION = 400
"""Characters of the customer's words that are shown."""
_LONG = 2_000
"""Characters that cost a draft all that its best source's score is worth."""


def worth(ticket: ProcessedTicket) -> tuple[bool, bool, bool, float]:
    """Return how good an example *ticket*'s draft is: sendable, readable, sure and short."""
    draft, check = ticket.answer_draft, ticket.policy_check
    score = min((cited.score for cited in ticket.citations), default=-1.0)
    return (
        check.compliance == "passed" and not check.issues,
        bool(ticket.assist and ticket.assist.language == "en"),
        _is_latin(draft.greeting + draft.body),
        score - len(draft.body) / _LONG,
    )


def shown(ticket: ProcessedTicket, asked: IncomingTicket, width: int) -> Panel:
    """Return the draft of *ticket* under what was *asked*, as wide as fits in *width*."""
    draft, check = ticket.answer_draft, ticket.policy_check
    letter = "\n\n".join(filter(None, (draft.greeting, draft.body, draft.closing)))
    parts: list[RenderableType] = [
        Text(f"{terminal.plain(asked.customer_name or 'The customer')} asked:", style="dim"),
        Padding(Text(_question(asked, ticket), style="italic"), (0, 2)),
        "",
        Text(terminal.plain_lines(letter)),
        "",
    ]
    for cited in ticket.citations:
        source = Text(terminal.plain(f"[{cited.doc_id}] {cited.title}"), style="dim")
        parts.append(source.append(f"\n  {terminal.plain(cited.url)}" if cited.url else ""))
    parts.append(Text(_facts(ticket), style="dim"))
    width = min(_WIDEST, width)
    verdict = f"{MARK.get(check.compliance, '?')} {check.compliance}: "
    return Panel(
        Padding(Group(*parts), (1, 2)),
        title=Text(terminal.plain(f"Draft for {ticket.ticket_id}")),
        subtitle=Text(terminal.plain(verdict + shortened(reasons(ticket), width - 25))),
        width=width,
    )


@cache
def _phrases() -> Phrases:
    return load_phrases()


def _question(asked: IncomingTicket, result: ProcessedTicket) -> str:
    """Return the customer's own words of *asked*, a line a paragraph, shortened."""
    # To tell the language again would load what tells it: half a second.
    told = result.assist.language if result.assist else "und"
    known = asked.model_copy(update={"language": asked.language or told})
    paragraphs = read_message(known, phrases=_phrases()).text.split("\n\n")
    words = "\n".join(terminal.plain(" ".join(paragraph.split())) for paragraph in paragraphs)
    return words if len(words) <= _QUESTION else words[:_QUESTION].rpartition(" ")[0] + " …"


def _facts(ticket: ProcessedTicket) -> str:
    triage = ticket.triage
    return terminal.plain(
        f"{triage.category} / {triage.subcategory}, {triage.priority}, due in"
        f" {triage.sla_hours} h, {triage.suggested_team}, {triage.sentiment}"
    )


def _is_latin(text: str) -> bool:
    return all(unicodedata.name(c, "").startswith("LATIN") for c in text if c.isalpha())
