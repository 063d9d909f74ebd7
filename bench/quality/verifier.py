"""
Measures the verifier on drafts whose verdict is known, and prints tables.

    python -m bench.quality.verifier tests/cases/drafts/*.jsonl

* verdicts: of wrong drafts, of honest ones in a model's own words, and of those made of lines
* rules: for each rule that keeps a draft from passing, how many wrong drafts it alone stopped, and
  how many right ones it alone kept back. One that keeps back more right ones is off by default.
* pointing: drafts of a model that points at wrong lines (`pointing.py`), by kind of fault: for the
  given drafts made of lines, and for the tickets of the sample
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.quality.given_drafts import drafted_case, given_drafts
from bench.quality.pointing import (
    MOST_PASSED,
    NEVER,
    WrongPointing,
    all_wrongly_pointed,
    known_of_draft,
    pointed,
)
from bench.quality.sample_tickets import (
    drafted,
    known_of_sample,
    sample_tickets,
    with_unknown_name,
)
from bench.quality.verdict_bench import VerdictBench
from streams.definitions.phrases import load_phrases

QUICK_TICKETS = 6
"""What --quick takes."""


def label_of(case: dict[str, Any]) -> str:
    """Return what *case* is: `wrong`, `honest` in other words, or made of `lines`."""
    by_must = {"not passed": "wrong", "not failed": "honest", "passed": "lines"}
    return by_must.get(case["must"], "other")


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
    parser.add_argument("--quick", action="store_true", help="take a few of the sample's tickets")
    given = parser.parse_args()
    bench, phrases = VerdictBench(), load_phrases()
    cases = list(given_drafts(given.cases))
    tickets = [(label_of(case), drafted_case(case, phrases)) for case in cases]
    verdicts = Counter((label, bench.verdict(ticket)) for label, ticket in tickets)
    for (label, verdict), number in sorted(verdicts.items()):
        print(f"verdicts   {label:8} {verdict:8} {number}")
    kept = [(label, bench.rules(ticket)) for label, ticket in tickets]
    right = [known_of_draft(ticket, bench) for label, ticket in tickets if label == "lines"]
    for told, made in (
        ("drafts", all_wrongly_pointed([one for one in right if one.right], bench)),
        ("sample", _of_sample(bench, QUICK_TICKETS if given.quick else None)),
    ):
        found = [
            (one.kind, bench.rules(one.draft), bench.verifier_rules(one.draft)) for one in made
        ]
        kept += [("wrong", rules) for _, rules, _ in found]
        for line in _told(told, found):
            print(line)
    for rule, by_label in sorted(alone(kept).items()):
        print(f"rules      {rule:28} wrong {by_label['wrong']:4}  right {by_label['lines']:4}")


def _of_sample(bench: VerdictBench, most: int | None) -> Iterator[WrongPointing]:
    """Yield drafts of the sample's tickets, or of the first of them, by wrong pointing."""
    tickets = sample_tickets()[:most]
    known = known_of_sample(drafted(tickets))
    good = [bench.verifier_rules(pointed(one.ticket, one.right, bench)) for one in known]
    print(f"right      sample   pass the verifier {good.count(frozenset()):3} of {len(good)}")
    yield from all_wrongly_pointed(known, bench)
    yield from with_unknown_name(tickets, bench)


Found = tuple[str, frozenset[str], frozenset[str]]
"""A kind, the rules that kept a draft of it, and those of the verifier among them."""


def _told(told: str, found: Sequence[Found]) -> Iterator[str]:
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
