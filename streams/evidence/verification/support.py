"""What follows from the classes of a draft's sentences, and from its language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas import DraftedTicket
from streams.evidence.lines import PassageLines
from streams.evidence.verification.classes import Classified
from streams.evidence.verification.findings import LOOK, Issue
from streams.ports import LineRef
from streams.text.language import language, primary_language

_FAULTS = {
    "salutation": "Greeting or closing say more than they should.",
    "no-citation": "A sentence of the draft claims something and cites nothing.",
    "unknown-document": "A sentence cites a document that was not found for the ticket.",
    "other-document": "A sentence is a line of another document than it cites.",
    "words": "A sentence of the draft is not in what it cites.",
    "numbers": "A sentence has a number that is not in what it cites.",
    "negation": "A sentence says the contrary of what it cites.",
    "name": "A sentence names somebody or something that what it cites does not.",
    "promise": "A sentence says what we did or will do, and what it cites does not.",
    "condition": "A sentence leaves out the condition of what it cites.",
}

_RULES = {"salutation": "greeting-or-closing", "negation": "contradiction"}


def of_support(classified: Sequence[Classified]) -> Iterator[Issue]:
    """Yield the sentences that are neither line nor ours; those that rest on nothing first."""
    for one in classified:
        if one.rests_on == "unsupported":
            rule = _RULES.get(one.fault or "", "unsupported-claim")
            yield one.issue(rule, _FAULTS[one.fault or "words"], ("failed",))
    for one in classified:
        if one.rests_on == "restated":
            yield one.issue("restated", "A sentence is in other words than its line.", ("warning",))
        if one.rests_on == "courtesy":
            yield one.issue("courtesy", "Polite words are none of our phrases.", ("warning",))


def of_languages(
    ticket: DraftedTicket, used: Sequence[LineRef], lines: PassageLines
) -> Iterator[Issue]:
    """Yield quoted lines in another language than the customer's, and translations of lines."""
    theirs = primary_language(ticket.reading.language)
    if theirs == "und":
        theirs = language(ticket.reading.text)
    locales = {primary_language(lines.passage(ref).locale) for ref in used} - {"und"}
    spoken = locales or {language(" ".join(lines[ref].text for ref in used))} - {"und"}
    if theirs != "und" and used and spoken - {theirs}:
        yield Issue(
            "other-language-than-customer",
            "The draft is not in the customer's language.",
            LOOK,
        )
