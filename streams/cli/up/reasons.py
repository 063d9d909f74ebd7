"""Why a ticket came out as it did, in a few words: the column *why* of `up`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from schemas import ProcessedTicket

_SHORT: tuple[tuple[str, str], ...] = (
    (r"An automatic message must not be answered\.", "auto-reply: not answered"),
    (r"Only its wording says that the message is automatic\.", "only its wording is automatic"),
    (r"The message has the signal injection\.", "text aimed at the machine"),
    (r"The message has the signal security_report\.", "security report"),
    (r"The message has the signal legal_threat\.", "legal threat"),
    (r"The message has the signal (\w+)\.", r"signal: \1"),
    (r"The priority is (P\d)\.", r"\1: a person takes over"),
    (r"The stage (\w+) fell back to its embedded backend\.", r"\1 without its backend"),
    (r"Nothing in the draft answers this ticket\.", "nothing in the articles"),
    (r"The message says too little to be answered\.", "too little to answer"),
    (r"Category or sentiment ask for a person\.", "a person takes over"),
    (r"The customer is frustrated and .*", "frustrated, wrote before"),
    (r"The customer sent card data: .*", "holds a card number"),
    (r"The message leans on an attachment .*", "an attachment nobody has read"),
    (r"The customer says that an answer or a step .*", "did not help before"),
    (r"The customer has had this answer already\.", "answered so before"),
    (r"The customer says that they have tried this\.", "tried before"),
    (r"What a line says held until .*", "what it quotes is over"),
    (r"(?:Part of the message is not answered by .*|No line of the draft answers .*)",
     "answered in part"),
    (r"The customer names something of .*", "names what no line has"),
    (r"A row of a table is not that .*", "the row of another"),
    (r"A question turns on a number that .*", "number asked for is missing"),
    (r"The customer asks how something is done, .*", "steps are missing"),
    (r"Other lines of the articles answer .*", "other lines fit better"),
    (r"A line of the draft answers none .*", "a line beside the question"),
    (r"A line is about another plan, platform .*", "a line for another case"),
    (r"The line beside a quoted one speaks .*", "the line of their case is missing"),
    (r"A condition or an exception beside .*", "an exception is missing"),
    (r"A line's condition, its heading, .*", "a condition is missing"),
    (r"(?:What a line leans on is missing: .*|A line needs another one that .*)",
     "part of it is missing"),
    (r"A procedure or a list is cut off\.", "steps are cut off"),
    (r"A sentence is in other words than its line\.", "in other words than the article"),
    (r"Polite words are none of our phrases\.", "polite words of a model"),
    (r"The draft is too long to be sent as it is\.", "too long"),
    (r"The draft is not in the customer's language\.", "not the customer's language"),
    (r"Thin evidence: no cited article .*", "thin evidence"),
    (r"Thin evidence: a cited article .*", "one source is doubtful"),
    (r"Triage is not confident .*", "unsure what it is about"),
)  # fmt: skip
"""Issues of the policy and the words for them, in the order in which a person wants to know."""

_THANKS = "thanks: no answer needed"
_BETWEEN = "; "


def reasons(ticket: ProcessedTicket) -> list[str]:
    """
    Return why *ticket* has its verdict, the weightiest first.

    An issue that the table does not know, such as one of the user's own rules, stands first in
    its own words: it may be what forbids the draft.
    """
    ranked = sorted(map(_short, ticket.policy_check.issues or ()), key=lambda found: found[0])
    found = list(dict.fromkeys(words for _, words in ranked))
    return found or list(_unobjected(ticket))


def shortened(found: Sequence[str], width: int) -> str:
    """Return as many of *found* as *width* characters hold whole, and how many are left out."""
    if not found:
        return ""
    for count in range(len(found), 1, -1):
        left = f" +{len(found) - count}" if count < len(found) else ""
        text = _BETWEEN.join(found[:count]) + left
        if len(text) <= width:
            return text
    return found[0] + (f" +{len(found) - 1}" if len(found) > 1 else "")


def _short(issue: str) -> tuple[int, str]:
    """Return the rank of *issue* and the words for it."""
    for rank, (pattern, words) in enumerate(_SHORT, start=1):
        if match := re.fullmatch(pattern, issue):
            return rank, match.expand(words)
    return 0, issue.removesuffix(".")


def _unobjected(ticket: ProcessedTicket) -> Iterator[str]:
    """Yield why nothing is wrong with the draft."""
    if ticket.assist and ticket.assist.kind == "thanks":
        yield _THANKS
    elif ticket.citations:
        yield f"answered by {', '.join(cited.doc_id for cited in ticket.citations)}"
