"""
The whole route of a ticket. Start here.

    incoming-tickets -> triage    -> triaged-tickets    what is it, how urgent, whose
                     -> retrieval -> grounded-tickets   what does the knowledge base say
                     -> drafting  -> drafted-tickets    an answer that cites what it rests on
                     -> policy    -> ticket-processed   may it be sent

`schemas/` has what travels on each topic, `stage.py` what stages share, `agents.py` how
Faust runs them. A message that is at fault leaves any stage for ticket-dead-letters.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from schemas import ProcessedTicket
from schemas.topics import DRAFTED, GROUNDED, INCOMING, PROCESSED, READS, TRIAGED
from streams.definitions.policy_rules import Policy
from streams.definitions.taxonomy import Taxonomy
from streams.definitions.voice import Voice
from streams.drafting import draft
from streams.policy import check_draft
from streams.ports import Classifier, OnOutage, PassageSearch, Writer
from streams.reading.phrases import Phrases
from streams.retrieval import retrieve
from streams.stage import Route
from streams.triage import triage


def route(
    *,
    classifier: Classifier,
    taxonomy: Taxonomy,
    phrases: Phrases,
    kb: PassageSearch,
    writer: Writer,
    voice: Voice,
    policy: Policy,
    passages: int,
    floor: float,
    on_outage: OnOutage,
    now: Callable[[], datetime],
) -> Route[ProcessedTicket]:
    """Return the stages in the order in which a ticket passes them."""
    return (
        Route(INCOMING)
        .then(
            "triage",
            lambda t: triage(t, classifier=classifier, taxonomy=taxonomy, phrases=phrases),
            TRIAGED,
        )
        .then(
            "retrieval",
            lambda t: retrieve(t, kb=kb, limit=passages, floor=floor, now=now, on_outage=on_outage),
            GROUNDED,
        )
        .then("drafting", lambda t: draft(t, writer=writer, voice=voice), DRAFTED)
        .then("policy", lambda t: check_draft(t, policy=policy, voice=voice, now=now), PROCESSED)
    )


STAGES = tuple(READS)
"""Names of the stages in order, for commands and the chart. A test compares them with the route."""
