"""
Drafts of a model that points at wrong lines, by kind of fault.

Of a ticket whose right lines are known, each kind makes wrong choices of them. Where it is also
known what a right reply says, a choice that says all of it is left out: it is not wrong; and only
there half an answer is known to be none. Each question of a ticket gets the lines of a choice, so
that a draft is never wrong for a question that its writer left out.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat

from bench.quality.verdict_bench import VerdictBench
from schemas import DraftedTicket, GroundedTicket
from streams.drafting import draft
from streams.evidence.asked import compared_questions, questions_of
from streams.evidence.lines import PassageLines
from streams.evidence.verification.bearing import Bearing
from streams.evidence.verification.names import names_subject
from streams.evidence.verification.verifier import verify
from streams.ports import Choice, Draft, LineRef
from streams.text.language import primary_language

NEVER = ("not retrieved", "another row", "step or condition missing", "code or version lacking")
"""Kinds of which none may pass."""
MOST_PASSED = 0.03
"""Share of all wrong pointing that may pass."""
_TRIALS, _SEED = 25, 3
_NO_ARTICLE = "NO-SUCH-ARTICLE"

Refs = tuple[LineRef, ...]


class PointingWriter:
    """A writer that answers each question of a ticket with the lines that it was given for it."""

    name = "pointing"

    def __init__(self, by_question: Iterable[Refs]) -> None:
        """*by_question*: lines for each question, in order."""
        self._by_question = by_question

    async def write(self, ticket: GroundedTicket) -> Draft:
        """Return the choice of its lines."""
        asked = questions_of(ticket.reading)
        chosen = zip(asked, self._by_question, strict=False)
        return Draft(choices=tuple(Choice(question, refs) for question, refs in chosen))


@dataclass(frozen=True)
class WrongPointing:
    """A draft that a model made by pointing wrongly, and at what."""

    kind: str
    draft: DraftedTicket
    refs: Refs


@dataclass(frozen=True)
class KnownTicket:
    """A ticket with its right lines, and what tells whether a reply is right all the same."""

    ticket: GroundedTicket
    right: Refs
    is_right: Callable[[str], bool] | None = None


async def pointed(ticket: GroundedTicket, refs: Refs, bench: VerdictBench) -> DraftedTicket:
    """Return *ticket* with the draft that pointing at *refs* for each question makes."""
    return await pointed_by_question(ticket, repeat(refs), bench)


async def pointed_by_question(
    ticket: GroundedTicket, by_question: Iterable[Refs], bench: VerdictBench
) -> DraftedTicket:
    """Return *ticket* with the draft that pointing at lines for each question, in order, makes."""
    grounded = GroundedTicket(**{n: getattr(ticket, n) for n in GroundedTicket.model_fields})
    return await draft(grounded, writer=PointingWriter(by_question), voice=bench.voice)


async def wrongly_pointed(
    known: KnownTicket, others: Sequence[str], bench: VerdictBench, chance: random.Random
) -> AsyncIterator[WrongPointing]:
    """
    Yield drafts of *known* by wrong pointing of each kind.

    Args:
        others: questions of other tickets.
    """
    for kind, refs in wrong_choices(known, others, chance):
        made = await pointed(known.ticket, refs, bench)
        if not (known.is_right and known.is_right(made.answer_draft.body)):
            yield WrongPointing(kind, made, refs)
    good = await pointed(known.ticket, known.right, bench)
    for made in _with_line_missing(good, bench):
        yield WrongPointing(NEVER[2], made, known.right)


def wrong_choices(
    known: KnownTicket, others: Sequence[str], chance: random.Random
) -> Iterator[tuple[str, Refs]]:
    """Yield kinds with lines of which none is right, or some right one is missing."""
    lines = PassageLines(known.ticket.passages)
    whole = set(lines.whole(known.right))
    quotable = [ref for ref, line in lines.items() if line.quotable]
    wrong = [ref for ref in quotable if not whole & set(lines.whole((ref,)))]
    articles = {ref.doc_id for ref in known.right}
    yield NEVER[0], tuple(LineRef(_NO_ARTICLE, ref.n) for ref in known.right)
    yield from ((NEVER[1], refs) for refs in _other_rows(known, lines))
    for ref in wrong:
        of_right = ref.doc_id in articles
        yield "line of the right article" if of_right else "line of another article", (ref,)
    for ref in known.right if known.is_right and len(known.right) > 1 else ():
        half = tuple(other for other in known.right if other != ref)
        if ref not in lines.whole(half):
            yield "half an answer", half
    yield from (("for another question", refs) for refs in _for_others(known, lines, others, wrong))
    for _ in range(_TRIALS if wrong else 0):
        few = min(len(wrong), chance.choice((1, 2, 3)))
        yield "at random", tuple(chance.sample(wrong, few))
    for first in (quotable[:1], quotable[:3]):
        if first and not whole & set(lines.whole(first)):
            yield "always the first", tuple(first)


def _other_rows(known: KnownTicket, lines: PassageLines) -> Iterator[Refs]:
    """Yield the right lines with the row of another for one that the customer names."""
    said = known.ticket.reading.text
    for ref in known.right:
        row = lines[ref]
        if not row.cells or not names_subject(said, row):
            continue
        for other, line in lines.items():
            of_table = line.cells and line.cells[0][0] == row.cells[0][0]
            if of_table and other.doc_id == ref.doc_id and not names_subject(said, line):
                yield tuple(other if one == ref else one for one in known.right)


def _for_others(
    known: KnownTicket, lines: PassageLines, others: Sequence[str], wrong: Sequence[LineRef]
) -> Iterator[Refs]:
    """Yield the one of *wrong* that bears best on each of *others*."""
    spoken = primary_language(known.ticket.reading.language)
    bearing = Bearing(lines, spoken)
    best = (max(wrong, key=bearing.on(other).scores.__getitem__) for other in others if wrong)
    yield from ((ref,) for ref in dict.fromkeys(best))


def _with_line_missing(good: DraftedTicket, bench: VerdictBench) -> Iterator[DraftedTicket]:
    """Yield the draft *good* without one line on which another one of it leans."""
    verified = verify(good, bench.voice)
    used = [c.ref for c in verified.classified if c.ref]
    for one in verified.classified:
        needing = [ref for ref in used if one.ref and one.ref in verified.lines.understood((ref,))]
        if len(set(needing)) > 1:
            body, s = good.answer_draft.body, one.sentence
            rest = f"{body[: s.start]}{body[s.end :]}"
            answer = good.answer_draft.model_copy(update={"body": rest})
            yield good.model_copy(update={"answer_draft": answer})


def known_of_draft(ticket: DraftedTicket, bench: VerdictBench) -> KnownTicket:
    """Return *ticket* with the lines that its draft quotes as the right ones."""
    refs = (c.ref for c in verify(ticket, bench.voice).classified if c.ref)
    return KnownTicket(ticket, tuple(dict.fromkeys(refs)))


async def all_wrongly_pointed(
    known: Iterable[KnownTicket], bench: VerdictBench
) -> AsyncIterator[WrongPointing]:
    """Yield drafts by wrong pointing for each of *known*, with three others' questions."""
    tickets = list(known)
    chance = random.Random(_SEED)  # noqa: S311  # a sample, not a secret
    for one in tickets:
        rest = [other for other in tickets if other is not one]
        few = chance.sample(rest, min(3, len(rest)))
        asked = [q.compared for other in few for q in compared_questions(other.ticket.reading)]
        async for made in wrongly_pointed(one, asked, bench, chance):
            yield made
