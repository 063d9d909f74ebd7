"""The figures of `evaluate tickets`, from what became of each ticket."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from streams.cli.evaluate.figures import Figure, mean, percentile, share
from streams.cli.evaluate.ticket_outcome import PASSED, TicketOutcome

Outcomes = Sequence[TicketOutcome]


def figures_of_tickets(outcomes: Outcomes) -> list[Figure]:
    """Return all figures of *outcomes*, in the order in which help lists them."""
    return [
        *_of_retrieval(outcomes),
        *_of_drafts(outcomes),
        *_of_triage(outcomes),
        *_of_costs(outcomes),
    ]


def _of_retrieval(outcomes: Outcomes) -> Iterable[Figure]:
    found = [(one.found, by) for one in outcomes if (by := one.labelled.labels.answered_by)]
    yield share("right_first", (docs[:1] != [] and docs[0] in by for docs, by in found))
    yield share("right_found", (bool({*docs} & {*by}) for docs, by in found))


def _of_drafts(outcomes: Outcomes) -> Iterable[Figure]:
    answerable = [one for one in outcomes if one.is_answered is not None]
    told = [one for one in outcomes if one.is_right_to_pass is not None]
    passed = [one for one in told if one.verdict == PASSED]
    yield share("answered", (bool(one.is_answered) for one in answerable))
    yield share(
        "right_passed", (one.verdict == PASSED and bool(one.is_answered) for one in answerable)
    )
    yield share("right_of_passed", (not one.is_wrong_passed for one in passed))
    yield share("wrong_passed", (one.is_wrong_passed for one in told))
    yield share("passed", (one.verdict == PASSED for one in outcomes))
    yield share("ready", (one.is_ready for one in outcomes))
    yield share("holding", (one.is_holding for one in outcomes))
    yield share("escalated", (one.processed.policy_check.escalation_needed for one in outcomes))
    yield share("degraded", (one.is_degraded for one in outcomes))
    yield mean("likeness", [one.likeness for one in outcomes if one.likeness is not None])


def _of_triage(outcomes: Outcomes) -> Iterable[Figure]:
    for name in ("category", "priority"):
        labelled = [
            (label, getattr(one.processed.triage, name))
            for one in outcomes
            if (label := getattr(one.labelled.labels, name)) is not None
        ]
        yield share(name, (label == said for label, said in labelled))


def _of_costs(outcomes: Outcomes) -> Iterable[Figure]:
    seconds = [one.seconds for one in outcomes]
    yield percentile("seconds_p50", seconds, 50)
    yield percentile("seconds_p95", seconds, 95)
    amounts: dict[str, Callable[[TicketOutcome], float]] = {
        "tokens": lambda one: one.tokens,
        "dollars": lambda one: one.dollars,
    }
    for name, amount in amounts.items():
        yield mean(name, [amount(one) for one in outcomes])
