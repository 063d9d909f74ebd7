"""What a draft must not disclose: addresses, personal data and notes that its lines do not have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from schemas import DraftedTicket
from streams.evidence.lines import PassageLines
from streams.evidence.verification.addresses import foreign_addresses, has_mixed_letters
from streams.evidence.verification.classes import Classified
from streams.evidence.verification.findings import Issue
from streams.text import personal_data

_NAMES = {
    "email": "an e-mail address",
    "card": "a card number",
    "iban": "an IBAN",
    "phone": "a telephone number",
}
_QUOTED_WORDS = 8
"""Consecutive words of an internal note that make a quotation."""


def of_privacy(
    ticket: DraftedTicket, classified: Sequence[Classified], lines: PassageLines
) -> Iterator[Issue]:
    """Yield what a sentence discloses that is neither line nor ours, and that it cites nowhere."""
    notes = _runs(
        "\n".join(m.text for m in ticket.ticket.previous_messages if m.visibility != "public")
    )
    for one in classified:
        if one.rests_on in ("line", "ours"):
            continue
        said, ids = one.sentence.text, one.sentence.cites
        cited = [p.text for p in ticket.passages if p.doc_id in ids]
        cited += [line.text for ref, line in lines.items() if ref.doc_id in ids]
        if foreign_addresses(said, cited):
            yield one.issue(
                "unknown-link", "The draft has an address that no cited line has.", ("failed",)
            )
        if has_mixed_letters(said):
            yield one.issue(
                "mixed-letters", "A word of the draft mixes letters that look alike.", ("failed",)
            )
        known = set(personal_data.find("\n".join(cited)))
        for kind in dict.fromkeys(f.kind for f in personal_data.find(said) if f not in known):
            yield one.issue(
                "personal-data",
                f"The draft has {_NAMES[kind]} that no cited line has.",
                ("failed",),
            )
        if notes and (notes & _runs(said)) - _runs("\n".join(cited)):
            yield one.issue("internal-note", "The draft quotes an internal note.", ("failed",))


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return set(zip(*(words[n:] for n in range(_QUOTED_WORDS)), strict=False))
