"""
Measures the verifier on drafts whose verdict is known, and prints tables.

    python -m bench.quality.verifier tests/cases/drafts [--quick]

In: files or folders of drafts as in `tests/cases/drafts`, and YAML of pairs (`draft_pairs.py`).

* verdicts: of wrong drafts, of honest ones in a model's own words, and of those made of lines
* rules: for each rule that keeps a draft from passing, how many wrong drafts it alone stopped, and
  how many right ones it alone kept back. One that keeps back more right ones is off by default.
* right: how many drafts of the sample pass that point at what a good reply quotes
* pointing: drafts of a model that points at wrong lines (`wrong_pointing.py`), by kind of fault:
  for the given drafts made of lines, and for the tickets of the sample
"""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from pathlib import Path

from bench.quality.draft_pairs import cases_of_pairs
from bench.quality.sample_tickets import (
    grounded,
    known_of_sample,
    sample_tickets,
    well_pointed,
    with_unknown_name,
)
from bench.quality.verdict_bench import VerdictBench
from bench.quality.wrong_pointing import (
    MOST_PASSED,
    NEVER,
    WrongPointing,
    all_wrongly_pointed,
    known_of_draft,
)
from streams.cli.evaluate.draft_case import DraftCase
from streams.cli.evaluate.draft_cases import cases_at
from streams.cli.evaluate.drafted_case import CaseDrafting
from streams.cli.evaluate.json_rows import BrokenRow
from streams.cli.evaluate.labelled_ticket import LabelledTicket
from streams.definitions.taxonomy import load_taxonomy

QUICK_TICKETS, QUICK_EVERY = 2, 40
"""What --quick takes: tickets of the sample, and one of so many drafts."""


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


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.quality.verifier")
    parser.add_argument("cases", type=Path, nargs="*")
    parser.add_argument("--quick", action="store_true", help="take a few drafts and tickets")
    options = parser.parse_args()
    every, most = (QUICK_EVERY, QUICK_TICKETS) if options.quick else (1, None)
    cases = [case for path in options.cases for case in [*_cases(parser, path)][::every]]
    asyncio.run(measure(cases, sample_tickets()[:most]))


def _cases(parser: argparse.ArgumentParser, path: Path) -> Iterator[DraftCase]:
    for case in cases_of_pairs(path) if path.suffix == ".yaml" else cases_at(path):
        if isinstance(case, BrokenRow):
            parser.error(str(case))
        yield case


async def measure(cases: Sequence[DraftCase], sample: Sequence[LabelledTicket]) -> None:
    """Measure on *cases* and the tickets of the *sample*, and print."""
    bench, drafting = VerdictBench(), CaseDrafting(load_taxonomy())
    tickets = [(label_of(case), await drafting.drafted(case)) for case in cases]
    verdicts = Counter([(label, await bench.verdict(ticket)) for label, ticket in tickets])
    for (label, verdict), number in sorted(verdicts.items()):
        print(f"verdicts   {label:8} {verdict:8} {number}")
    kept = [(label, bench.rules(ticket)) for label, ticket in tickets]
    right = [known_of_draft(ticket, bench) for label, ticket in tickets if label == "lines"]
    for told, pointing in (
        ("drafts", all_wrongly_pointed([one for one in right if one.right], bench)),
        ("sample", _of_sample(sample, bench)),
    ):
        found = [
            (one.kind, bench.rules(one.draft), bench.verifier_rules(one.draft))
            async for one in pointing
        ]
        kept += [("wrong", rules) for _, rules, _ in found]
        for line in _told(told, found):
            print(line)
    for rule, by_label in sorted(alone(kept).items()):
        print(f"rules      {rule:28} wrong {by_label['wrong']:4}  right {by_label['lines']:4}")


async def _of_sample(
    tickets: Sequence[LabelledTicket], bench: VerdictBench
) -> AsyncIterator[WrongPointing]:
    """Yield drafts of *tickets* by wrong pointing; say first how those of right lines do."""
    found = await grounded(tickets)
    known = known_of_sample(found)
    right = [bench.verifier_rules(one) async for one in well_pointed(found, bench)]
    print(f"right      sample   pass the verifier {right.count(frozenset()):3} of {len(right)}")
    async for wrong in all_wrongly_pointed(known, bench):
        yield wrong
    async for wrong in with_unknown_name(tickets, bench):
        yield wrong


Found = tuple[str, frozenset[str], frozenset[str]]
"""A kind, the rules that kept a draft of it, and those of the verifier among them."""


def _told(told: str, found: Sequence[Found]) -> Iterator[str]:
    """Yield what to print of the drafts *found*, by kind and all together."""
    for kind in (*dict.fromkeys(kind for kind, _, _ in found), *([None] if found else [])):
        of_kind = [one for one in found if kind is None or one[0] == kind]
        passed, verified = (sum(not one[n] for one in of_kind) for n in (1, 2))
        goal = "0" if kind in NEVER else f"{MOST_PASSED:.0%}" if kind is None else ""
        yield (
            f"pointing   {told} {kind or 'all':26} passed {passed:3}, the verifier alone "
            f"{verified:3}, of {len(of_kind):4}{f', goal {goal}' if goal else ''}"
        )


if __name__ == "__main__":
    main()
