"""
What speaks against sending a draft, as far as its passages tell.

It may claim, cite, link and disclose what its passages have, and nothing else, and it has to
answer what was asked.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from schemas import DraftedTicket
from streams.definitions.policy_rules import Effect
from streams.definitions.voice import Voice
from streams.evidence import amounts
from streams.evidence.grounding import unsupported
from streams.evidence.quotes import is_row, links, same_site
from streams.text import personal_data
from streams.text.citations import alike, cited, uncited
from streams.text.codes import missing_codes
from streams.text.language import language
from streams.text.person_names import names_of
from streams.text.pleasantries import without_pleasantries
from streams.text.sentences import sentences, split

CONSIDERED = 20_000
"""Characters of the customer's message that are considered. Later text is a log."""


@dataclass(frozen=True)
class Issue:
    """Something to know before sending. The message never contains customer text."""

    rule: str
    """What finds it: the id of a rule of the policy's file, or of one that always applies."""
    message: str
    effects: tuple[Effect, ...]


LOOK: tuple[Effect, ...] = ("warning", "escalate")


def draft_issues(ticket: DraftedTicket, *, min_evidence: float, voice: Voice) -> Iterator[Issue]:
    """
    Yield what is wrong with the draft of *ticket*, compared with its passages.

    Args:
        min_evidence: least score of a cited article that bears clearly on the message.
        voice: whose phrases claim nothing.
    """
    yield from _of_citations(ticket)
    yield from _of_form(ticket, voice)
    yield from _of_answer(ticket, min_evidence)
    yield from _of_claims(ticket, voice)
    yield from _of_privacy(ticket)


def _of_citations(ticket: DraftedTicket) -> Iterator[Issue]:
    """Yield an empty draft, and citations of what was not found."""
    found = {p.doc_id for p in ticket.passages}
    ids = _cited_ids(ticket)
    if not ticket.answer_draft.body.strip():
        yield Issue("empty-draft", "The draft is empty.", ("failed", "escalate"))
    if ids - found:
        yield Issue(
            "unknown-citation",
            "The draft cites a document that was not found for the ticket.",
            ("failed",),
        )
    if set(cited(ticket.answer_draft.body)) != {c.doc_id for c in ticket.citations}:
        yield Issue(
            "citation-list", "The list of citations is not what the draft cites.", ("failed",)
        )


def _cited_ids(ticket: DraftedTicket) -> set[str]:
    return {*cited(ticket.answer_draft.body), *(c.doc_id for c in ticket.citations)}


_MARKUP = re.compile(r"<[/!]?[A-Za-z][^<>\n]{0,200}>|\]\(|javascript:", re.I)


def _of_form(ticket: DraftedTicket, voice: Voice) -> Iterator[Issue]:
    """Yield claims where none are checked, and citations in a form that no reader could follow."""
    draft = ticket.answer_draft
    written = "\n".join((draft.greeting, draft.body, draft.closing))
    known = "\n".join((ticket.reading.text, *(p.text for p in ticket.passages)))
    named = alike(written, {p.doc_id for p in ticket.passages})
    if any(word not in known for word in named):
        yield Issue(
            "unknown-document",
            "The draft names a document that was not found for the ticket.",
            ("failed",),
        )
    if any(mark[0] not in known for mark in _MARKUP.finditer(written)):
        yield Issue("markup", "The draft has markup that no passage has.", ("failed",))
    yield from _of_salutation(ticket, voice)


def _of_salutation(ticket: DraftedTicket, voice: Voice) -> Iterator[Issue]:
    """Yield a greeting or a closing that is more than a phrase of ours with the checked name."""
    draft, name = ticket.answer_draft, ticket.ticket.customer_name or ""
    names = names_of(name)
    if _says_more(draft.closing, names, voice):
        yield _TOO_MUCH
    elif _says_more(draft.greeting, names, voice):
        if _says_more(draft.greeting, (*names, *_unchecked(name)), voice):
            yield _TOO_MUCH
        else:
            yield Issue("greeting-name", "The draft greets by a name that may be none.", LOOK)


def _says_more(part: str, names: tuple[str, ...], voice: Voice) -> bool:
    """Return whether a greeting or closing is more than one of our phrases and politeness."""
    lines = [line.strip() for line in part.splitlines()]
    left = [line for line in lines if line and not voice.is_ours(line, names=names)]
    return any(without_pleasantries(said, names) for said in sentences("\n".join(left)))


_TOO_MUCH = Issue(
    "greeting-or-closing", "Greeting or closing say more than they should.", ("failed",)
)


def _unchecked(name: str) -> tuple[str, ...]:
    """Return *name* and its words, if it is letters and the marks of names alone."""
    letters = (unicodedata.category(c)[0] in "LMZ" or c in "-'’." for c in name)
    words = name.split()
    return (" ".join(words), *words) if words and all(letters) else ()


def _of_answer(ticket: DraftedTicket, min_evidence: float) -> Iterator[Issue]:
    """Yield what the draft leaves open of what was asked, and thin evidence."""
    if ticket.reading.kind == "empty":
        yield Issue("empty-message", "The message says too little to be answered.", LOOK)
    if not ticket.reading.asks:
        return
    ids = _cited_ids(ticket)
    holding = any(finding.type == "holding_answer" for finding in ticket.meta.findings)
    if holding or not ids:
        yield Issue("no-evidence", "Nothing in the knowledge base answers this ticket.", LOOK)
    elif ticket.unanswered:
        yield Issue(
            "part-unanswered", "Part of the message is not answered by the knowledge base.", LOOK
        )
    said = ticket.reading.text[:CONSIDERED]
    used = "\n".join(f"{p.title}\n{p.text}" for p in ticket.passages if p.doc_id in ids)
    if ids and missing_codes(said, used):
        yield Issue("missing-code", "The customer names a code that no cited passage has.", LOOK)
    if ids and amounts.turns_on(said) and not _decides(ticket.answer_draft.body, said):
        yield Issue(
            "missing-number",
            "The question turns on a number that the draft does not give.",
            ("warning",),
        )
    scores = [citation.score for citation in ticket.citations]
    if scores and max(scores) < min_evidence:
        yield Issue(
            "thin-evidence", "Thin evidence: no cited article bears clearly on the message.", LOOK
        )
    elif scores and min(scores) < min_evidence:
        yield Issue(
            "thin-evidence",
            "Thin evidence: a cited article may not bear on the message.",
            ("warning",),
        )


def _decides(body: str, said: str) -> bool:
    lines = map(str.strip, split(uncited(body)))
    return any(amounts.decides(line, said, is_row=is_row(line)) for line in lines)


def _of_claims(ticket: DraftedTicket, voice: Voice) -> Iterator[Issue]:
    body, said = _without_ours(ticket, voice), ticket.reading.text
    written, spoken = _languages(ticket)
    if written != spoken:
        yield Issue(
            "other-language-than-sources",
            "The draft is in another language than its sources: compare them.",
            LOOK,
        )
    for sentence in unsupported(
        body,
        ticket.passages,
        asked=said,
        language=written,
        source_language=spoken,
        names=names_of(ticket.ticket.customer_name),
    ):
        yield Issue("unsupported-claim", str(sentence), ("failed",))


def _without_ours(ticket: DraftedTicket, voice: Voice) -> str:
    """Return the body without the phrases of *voice*."""
    titles = tuple(p.title for p in ticket.passages)
    links = tuple(p.url for p in ticket.passages if p.url)
    lines = []
    for line in ticket.answer_draft.body.split("\n"):
        said = [line] if line.startswith(("- ", "1")) else split(line)
        left = [s for s in said if not voice.is_ours(uncited(s), titles=titles, links=links)]
        if left or not line:
            lines.append("".join(left))
    return "\n".join(lines)


def _languages(ticket: DraftedTicket) -> tuple[str, str]:
    """Return the language of the draft, and of the passages that it cites if that is known."""
    body = ticket.answer_draft.body
    ids = cited(body)
    sources = " ".join(p.text for p in ticket.passages if p.doc_id in ids)
    drafting = ticket.meta.stages.get("drafting")
    if not sources or (drafting and drafting.backend == "embedded"):
        return "en", "en"  # the embedded writer quotes: there is nothing to compare
    known = [found for text in (uncited(body), sources) if (found := language(text)) != "und"]
    return (known[0], known[-1]) if known else ("en", "en")


_NAMES = {
    "email": "an e-mail address",
    "card": "a card number",
    "iban": "an IBAN",
    "phone": "a telephone number",
}
_QUOTED_WORDS = 8
"""Consecutive words of an internal note that make a quotation."""


def _of_privacy(ticket: DraftedTicket) -> Iterator[Issue]:
    """Yield personal data, links and internal notes that no cited passage has."""
    draft = ticket.answer_draft
    text = "\n".join((draft.greeting, uncited(draft.body), draft.closing))
    ids = cited(draft.body)
    used = [p for p in ticket.passages if p.doc_id in ids]
    source = "\n".join(p.text for p in used)
    if found := list(personal_data.find(text)):
        known = set(personal_data.find(source))
        for kind in dict.fromkeys(f.kind for f in found if f not in known):
            yield Issue(
                "personal-data",
                f"The draft has {_NAMES[kind]} that no cited passage has.",
                ("failed",),
            )
    if any(
        link not in source and not any(same_site(link, p.url) for p in used) for link in links(text)
    ):
        yield Issue("unknown-link", "The draft has a link that no cited passage has.", ("failed",))
    notes = "\n".join(m.text for m in ticket.ticket.previous_messages if m.visibility != "public")
    if notes and (_runs(notes) & _runs(text)) - _runs(source):
        yield Issue("internal-note", "The draft quotes an internal note.", ("failed",))


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return set(zip(*(words[n:] for n in range(_QUOTED_WORDS)), strict=False))
