"""
Stage 1: what is a ticket about, how urgent is it, and whose is it?

Reads incoming-tickets, writes triaged-tickets. The mail is read first, so that nobody
after it works on quoted history or markup. Team and SLA hours are looked up in the
taxonomy, never asked of a model.
"""

from __future__ import annotations

from importlib.metadata import version

from schemas import Finding, IncomingTicket, Meta, StageReport, TriagedTicket, TriageOutput
from streams.definitions.taxonomy import Taxonomy
from streams.errors import BadAnswer
from streams.ports import Classification, Classifier
from streams.reading.long_ticket import off_loop_if_long
from streams.reading.message import read_message
from streams.reading.phrases import Phrases
from streams.reading.questions import MOST

_VERSION = version("ticketstream")
_SENTENCES: dict[str, str] = {
    "legal_threat": "The customer speaks of legal steps.",
    "security_report": "The message reports a security problem.",
    "injection": "The message holds text that is aimed at the machine.",
    "card_number": "The message holds what looks like a payment card number.",
    "outage": "The message reports an outage.",
}


async def triage(
    ticket: IncomingTicket, *, classifier: Classifier, taxonomy: Taxonomy, phrases: Phrases
) -> TriagedTicket:
    """
    Return *ticket* with its reading, classification, and a finding for each signal.

    Raises:
        Unavailable: The classifier cannot be reached, or refuses for now.

        BadAnswer: The classifier's answer does not fit *taxonomy*.
    """
    reading = await off_loop_if_long(ticket, lambda: read_message(ticket, phrases=phrases))
    found = await classifier.classify(ticket, reading)
    report = found.report or StageReport(backend=classifier.name)
    return TriagedTicket(
        ticket=ticket,
        reading=reading.model_copy(update={"queries": _merged(found.queries, reading.queries)}),
        triage=_looked_up(found, taxonomy),
        meta=Meta(version=_VERSION).reported(
            "triage",
            report.model_copy(update={"version": taxonomy.version}),
            *(Finding(type=s, message=_SENTENCES[s]) for s in reading.signals),
            degraded=found.degraded,
        ),
    )


def _merged(better: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    """Return the classifier's queries, then ours, each once."""
    unique = {query.casefold().strip(): query for query in reversed((*better, *others))}
    return tuple(query for query in reversed(unique.values()) if query.strip())[:MOST]


def _looked_up(found: Classification, taxonomy: Taxonomy) -> TriageOutput:
    try:
        team, hours = taxonomy.team(found.category), taxonomy.sla_hours(found.priority)
    except KeyError:
        raise BadAnswer("category or priority is not one of the taxonomy's") from None
    return TriageOutput(
        category=found.category,
        subcategory=found.subcategory,
        priority=found.priority,
        sla_hours=hours,
        suggested_team=team,
        sentiment=found.sentiment,
        confidence=found.confidence,
    )
