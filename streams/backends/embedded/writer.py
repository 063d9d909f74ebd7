"""
An answer without a language model: the passages' own sentences, each with its citation.

In: a ticket with its passages. Out: a greeting, for each problem the sentences, steps and
table rows that come closest to it, a closing. Nothing is rephrased, so every number is the
article's; what the passages do not answer is said and listed. The draft is English but for
what it quotes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from schemas import AnswerDraft, Finding, GroundedTicket, Reading
from streams.evidence.asked import questions_of
from streams.evidence.quote_selection import choose
from streams.evidence.quotes import Quote
from streams.ports import Draft
from streams.text.citations import cite
from streams.text.salutation import closing, greeting

MOST_PROBLEMS = 4
"""Problems of one ticket that an answer covers. Any more are listed as unanswered."""
LONGEST = 1_000
"""Characters of a message that are compared with passages."""


class EmbeddedWriter:
    """Writes extractive answers. Fulfils `ports.Writer`; never waits and never fails."""

    name = "embedded"

    async def write(self, ticket: GroundedTicket) -> Draft:
        """Return an answer made of quotes of *ticket*'s passages."""
        if not ticket.reading.asks:
            return _without_question(ticket)
        problems = questions_of(ticket.reading)
        chosen = choose(_compared(problems, ticket.reading), ticket.passages)
        answered = {p for p, found in zip(problems, chosen, strict=False) if found}
        unanswered = tuple(p for p in problems if p not in answered)
        if not answered:
            return _holding(ticket, unanswered)
        paragraphs = _paragraphs(chosen)
        cited = {q.doc_id for found in chosen for q in found}
        body = [_opening(ticket, _INTRODUCES), *paragraphs, *([_UNANSWERED] if unanswered else [])]
        return Draft(
            answer=_answer(ticket, "\n\n".join(body)),
            cited=tuple(p for p in ticket.passages if p.doc_id in cited),
            unanswered=unanswered,
            findings=_language(ticket.reading),
        )


# What was asked.


def _compared(problems: Sequence[str], reading: Reading) -> list[str]:
    """Return what is compared with passages. One problem is all that the message is about."""
    if len(problems) > 1 or reading.text in problems[0]:
        return list(problems[:MOST_PROBLEMS])
    return [f"{problems[0]}\n{reading.text[:LONGEST]}"]


# What the draft says in its own words: nothing that could be wrong, or be held against us.

_INTRODUCES = "here is what our help articles say."
_UNANSWERED = (
    "I could not find an answer to everything you asked in our help articles; "
    "a colleague needs to look at the rest."
)
_HOLDING = (
    "I could not find an answer in our help articles, so a colleague needs to look at this. "
    "If there is anything to add, such as an error message or a screenshot, "
    "please reply to this message."
)
_OPENINGS = {
    "frustrated": "I am sorry about the trouble you are having",
    "satisfied": "Thank you for your message, it is good to hear from you",
}
_OTHER_KINDS = {
    "thanks": "You are very welcome, and thank you for letting us know!",
    "auto_reply": "This was an automatic message; no answer is needed.",
    "empty": "Thank you for your message. Could you tell us a little more: what were you doing, "
    "what happened, and which error message did you see, if any?",
}


def _without_question(ticket: GroundedTicket) -> Draft:
    return Draft(
        answer=_answer(ticket, _OTHER_KINDS[ticket.reading.kind]),
        cited=(),
        findings=_language(ticket.reading),
    )


def _holding(ticket: GroundedTicket, problems: Sequence[str]) -> Draft:
    found = Finding(type="holding_answer", message="The passages hold no answer to this ticket.")
    return Draft(
        answer=_answer(ticket, f"{_opening(ticket)} {_HOLDING}"),
        cited=(),
        unanswered=tuple(problems),
        findings=(found, *_language(ticket.reading)),
    )


def _answer(ticket: GroundedTicket, body: str) -> AnswerDraft:
    tone = _tone(ticket)
    name = None if ticket.reading.kind == "auto_reply" else ticket.ticket.customer_name
    return AnswerDraft(greeting=greeting(name, tone), body=body, closing=closing(tone), tone=tone)


def _tone(ticket: GroundedTicket) -> str:
    if "legal_threat" in ticket.reading.signals:
        return "formal"
    satisfied = ticket.triage.sentiment == "satisfied" or ticket.reading.kind == "thanks"
    return "casual" if satisfied else "empathetic_professional"


def _opening(ticket: GroundedTicket, goes_on: str = "") -> str:
    opening = _OPENINGS.get(ticket.triage.sentiment, "Thank you for getting in touch")
    return f"{opening}; {goes_on}" if goes_on else f"{opening}."


def _language(reading: Reading) -> tuple[Finding, ...]:
    if re.split("[-_]", reading.language.lower())[0] in ("en", "und", ""):
        return ()
    return (Finding(type="language_mismatch", message="The customer did not write in English."),)


# Writing: quotes as paragraphs and lists.


def _paragraphs(chosen: Sequence[Sequence[Quote]]) -> list[str]:
    """Return what was chosen for each problem as paragraphs; nothing is said twice."""
    groups: list[list[Quote]] = []
    said: set[str] = set()
    for found in chosen:
        last: Quote | None = None
        for quote in (q for q in found if q.text not in said):
            said.add(quote.text)
            if last and quote.kind != "list" and _belong_together(last, quote):
                groups[-1].append(quote)
            else:
                groups.append([quote])
            last = quote
    return [_paragraph(group) for group in groups]


def _belong_together(one: Quote, other: Quote) -> bool:
    """Return whether *other* goes on where *one* ends: one section, and a whole sentence."""
    whole = one.kind != "sentence" or one.lines[-1].endswith(tuple(".!?。！？"))
    same = (one.kind, one.doc_id, one.heading) == (other.kind, other.doc_id, other.heading)
    return whole and same


def _paragraph(group: Sequence[Quote]) -> str:
    """Return quotes of one section: prose runs on; items, rows and steps are a list."""
    first = group[0]
    lines = [cite(line, quote.doc_id) for quote in group for line in quote.lines]
    if first.kind == "sentence" or (len(lines) == 1 and not first.lead):
        return " ".join(lines)
    lead = cite(first.lead, first.doc_id) if first.lead else first.heading and f"{first.heading}:"
    marked = [f"{first.number + n}. {x}" if first.number else f"- {x}" for n, x in enumerate(lines)]
    return "\n".join([lead, *marked] if lead else marked)
