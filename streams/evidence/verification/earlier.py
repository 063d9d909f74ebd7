"""What the customer has had already: the same lines, in an earlier message of ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas import IncomingTicket
from streams.evidence.verification.classes import Classified
from streams.evidence.verification.findings import LOOK, Issue
from streams.evidence.verification.verbatim import normal
from streams.text.citations import uncited
from streams.text.sentences import split


def of_earlier(ticket: IncomingTicket, classified: Sequence[Classified]) -> Iterator[Issue]:
    """Yield the first line that an agent or a bot has already sent in this ticket."""
    sent = [
        uncited(message.text)
        for message in ticket.previous_messages
        if message.role.lower() != "customer" and message.visibility == "public"
    ]
    said = {normal(sentence) for text in sent for sentence in split(text, any_case=True)}
    whole = "\n".join(map(normal, sent)).casefold()
    for one in classified:
        words = normal(one.sentence.text)
        if one.ref and (words in said or words.casefold() in whole):
            yield one.issue("already-said", "The customer has had this answer already.", LOOK)
            return
