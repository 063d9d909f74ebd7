"""
Measures the verifier on drafts whose verdict is known, and prints tables.

    python -m bench.quality.verifier tests/cases/drafts

* verdicts: of wrong drafts, of honest ones in a model's own words, and of those made of lines
* rules: for each rule that keeps a draft from passing, how many wrong drafts it alone stopped, and
  how many right ones it alone kept back. One that keeps back more right ones is off by default.
* pointing: drafts rendered from lines that a model pointed at wrongly, by kind of fault, made from
  the right ones: other lines of the passages one by one, at random, and always the first
"""

from __future__ import annotations

import argparse
import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from schemas import DraftedTicket, GroundedTicket
from streams.cli.evaluate.draft_case import DraftCase
from streams.cli.evaluate.draft_cases import cases_at
from streams.cli.evaluate.drafted_case import CaseDrafting
from streams.cli.evaluate.json_rows import BrokenRow
from streams.definitions.policy_rules import load_policy
from streams.definitions.taxonomy import load_taxonomy
from streams.definitions.voice import load_voice
from streams.drafting import draft
from streams.evidence.asked import questions_of
from streams.evidence.lines import PassageLines
from streams.evidence.verification.verifier import verify
from streams.policy import check_draft, keeping_rules
from streams.ports import Choice, Draft, LineRef

_TRIALS, _SEED = 25, 3


class VerdictBench:
    """The policy stage with the default policy and voice."""

    def __init__(self) -> None:
        self._policy, self.voice = load_policy(), load_voice()

    async def verdict(self, ticket: DraftedTicket) -> str:
        """Return the verdict on the draft of *ticket*."""
        made = await check_draft(
            ticket, policy=self._policy, voice=self.voice, now=lambda: datetime.now(UTC)
        )
        return made.policy_check.compliance

    def rules(self, ticket: DraftedTicket) -> frozenset[str]:
        """Return the rules that keep the draft of *ticket* from passing."""
        return keeping_rules(ticket, policy=self._policy, voice=self.voice)


def label_of(case: DraftCase) -> str:
    """Return what *case* is: `wrong`, `honest` in other words, or made of `lines`."""
    by_must = {"not passed": "wrong", "not failed": "honest", "passed": "lines"}
    return by_must.get(case.must or "", "other")


def alone(kept: Iterable[tuple[str, frozenset[str]]]) -> dict[str, Counter[str]]:
    """Return for each rule how many drafts of each label it alone kept, of labels and rules."""
    found: dict[str, Counter[str]] = {}
    for label, rules in kept:
        if len(rules) == 1:
            found.setdefault(next(iter(rules)), Counter())[label] += 1
    return found


def wrong_pointing(
    ticket: DraftedTicket, right: Sequence[LineRef], chance: random.Random
) -> Iterator[tuple[str, tuple[LineRef, ...]]]:
    """Yield lines of *ticket*, none of them *right* or needed by what is, by kind of fault."""
    lines = PassageLines(ticket.passages)
    known = set(lines.whole(right))
    quotable = [ref for ref, line in lines.items() if line.quotable]
    trials: list[tuple[str, tuple[LineRef, ...]]]
    trials = [("one other line", (ref,)) for ref in quotable]
    trials += [("the first", tuple(quotable[:1])), ("the first three", tuple(quotable[:3]))]
    for _ in range(_TRIALS if quotable else 0):
        few = min(len(quotable), chance.choice((1, 2, 3)))
        trials.append(("at random", tuple(chance.sample(quotable, few))))
    yield from ((kind, refs) for kind, refs in trials if not known & set(lines.whole(refs)))


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.quality.verifier")
    parser.add_argument("cases", type=Path, nargs="+")
    options = parser.parse_args()
    asyncio.run(_measure(list(_cases(parser, options.cases))))


def _cases(parser: argparse.ArgumentParser, paths: Iterable[Path]) -> Iterator[DraftCase]:
    for case in (case for path in paths for case in cases_at(path)):
        if isinstance(case, BrokenRow):
            parser.error(str(case))
        yield case


async def _measure(cases: Sequence[DraftCase]) -> None:
    """Measure on *cases*, and print."""
    bench, drafting = VerdictBench(), CaseDrafting(load_taxonomy())
    tickets = [(label_of(case), await drafting.drafted(case)) for case in cases]
    verdicts = Counter([(label, await bench.verdict(ticket)) for label, ticket in tickets])
    for (label, verdict), number in sorted(verdicts.items()):
        print(f"verdicts   {label:8} {verdict:8} {number}")
    kept = [(label, bench.rules(ticket)) for label, ticket in tickets]
    right = [ticket for label, ticket in tickets if label == "lines"]
    pointing = [one async for one in _pointing(right, bench)]
    for kind in dict.fromkeys(kind for kind, _ in pointing):
        of_kind = [rules for own, rules in pointing if own == kind]
        print(f"pointing   {kind:20} passed {of_kind.count(frozenset()):3} of {len(of_kind)}")
    kept += [("wrong", rules) for _, rules in pointing]
    for rule, by_label in sorted(alone(kept).items()):
        print(f"rules      {rule:28} wrong {by_label['wrong']:4}  right {by_label['lines']:4}")


async def _pointing(
    right: Iterable[DraftedTicket], bench: VerdictBench
) -> AsyncIterator[tuple[str, frozenset[str]]]:
    """Yield the rules that keep each wrong way of pointing from passing, with its kind."""
    chance = random.Random(_SEED)  # noqa: S311  # a sample, not a secret
    for ticket in right:
        used = [c.ref for c in verify(ticket, bench.voice).classified if c.ref]
        for kind, refs in wrong_pointing(ticket, used, chance):
            yield kind, bench.rules(await pointed(ticket, refs, bench))


class PointingWriter:
    """A writer that answers a ticket's first question with the lines that it was given."""

    name = "pointing"

    def __init__(self, refs: tuple[LineRef, ...]) -> None:
        self._refs = refs

    async def write(self, ticket: GroundedTicket) -> Draft:
        """Return the choice of its lines."""
        return Draft(choices=(Choice(questions_of(ticket.reading)[0], self._refs),))


async def pointed(
    ticket: DraftedTicket, refs: tuple[LineRef, ...], bench: VerdictBench
) -> DraftedTicket:
    """Return *ticket* with the draft that pointing at *refs* makes."""
    grounded = GroundedTicket(**{n: getattr(ticket, n) for n in GroundedTicket.model_fields})
    return await draft(grounded, writer=PointingWriter(refs), voice=bench.voice)


if __name__ == "__main__":
    main()
