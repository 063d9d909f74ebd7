"""
Everything that travels, in the order it travels.

    incoming-tickets      IncomingTicket    what the customer wrote           ticket.py
    triaged-tickets       TriagedTicket     + reading, triage                 triage.py
    grounded-tickets      GroundedTicket    + passages                        knowledge.py
    drafted-tickets       DraftedTicket     + answer_draft, citations         draft.py
    ticket-processed      ProcessedTicket   what readers need, + policy_check processed.py
    ticket-dead-letters   the bytes as they came, with error headers          dead_letters.py
    kb-articles           Article           the knowledge base                knowledge.py
    llm-spending          Spending          what each worker has spent        spending.py

Every event on its way carries `meta.py`. `topics.py` names the topics, `envelope.py` the
headers and identities, `http.py` the sidecar's bodies.
"""

from schemas.base import Event
from schemas.draft import AnswerDraft, CitationOutput, DraftedTicket
from schemas.knowledge import Article, GroundedTicket, Line, Passage, TextSpan
from schemas.meta import Finding, Meta, StageReport
from schemas.processed import (
    AnsweredQuestion,
    Assist,
    PolicyCheck,
    ProcessedTicket,
    SentenceEvidence,
    Source,
    TicketOutput,
)
from schemas.spending import Spending
from schemas.ticket import Attachment, IncomingTicket, PreviousMessage, TicketInput
from schemas.triage import Reading, TriagedTicket, TriageOutput

__all__ = [
    "AnswerDraft",
    "AnsweredQuestion",
    "Article",
    "Assist",
    "Attachment",
    "CitationOutput",
    "DraftedTicket",
    "Event",
    "Finding",
    "GroundedTicket",
    "IncomingTicket",
    "Line",
    "Meta",
    "Passage",
    "PolicyCheck",
    "PreviousMessage",
    "ProcessedTicket",
    "Reading",
    "SentenceEvidence",
    "Source",
    "Spending",
    "StageReport",
    "TextSpan",
    "TicketInput",
    "TicketOutput",
    "TriageOutput",
    "TriagedTicket",
]
