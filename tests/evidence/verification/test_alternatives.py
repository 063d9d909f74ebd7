"""Whose case a line tells."""

from __future__ import annotations

import pytest

from schemas import Line
from streams.evidence.verification.alternatives import (
    CaseGroups,
    is_of_another,
    is_of_theirs,
    tier_words,
)

LINES = [
    Line(n=1, kind="row", text="Growth: Storage 20 GB", cells=(("Tier", "Growth"),)),
    Line(n=2, kind="row", text="Reader: may read", cells=(("Role", "Reader"),)),
    Line(n=3, text="On the Enterprise plan files may be larger."),
    Line(n=4, text="Im Tarif Fix bleibt der Abschlag gleich."),
    Line(n=5, text="The plan is shown. Every plan has a trash."),
]
CASES = CaseGroups(LINES)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("How do I do it on my iPhone?", {"platform": {"ios"}}),
        ("Auf Android oder auf dem Mac", {"platform": {"android", "mac"}}),
        ("We pay by bank-transfer.", {"payment": {"transfer"}}),
        ("I have a gift card", {"payment": {"gift_card"}}),
        ("un abonnement annuel", {"period": {"year"}}),
        ("We are on Growth.", {"tier": {"growth"}}),
        ("we have the enterprise plan", {"tier": {"enterprise"}}),
        ("Ich habe den Tarif Fix", {"tier": {"fix"}}),
        ("Is it part of the growth of our firm?", {}),
        ("A Reader asks", {}),
        ("The plan is shown", {}),
    ],
)
def test_cases_that_a_text_names(text: str, named: dict[str, set[str]]) -> None:
    """
    Platforms and the like are known in all languages, plans as far as the articles name them.
    """
    assert CASES.named(text) == named


@pytest.mark.parametrize(
    ("text", "holds_for"),
    [
        ("On the Enterprise plan only members of the firm can open it.", {"tier": {"enterprise"}}),
        ("This does not apply to Enterprise.", {"tier": {"enterprise"}}),
        ("It is available only on the Enterprise plan.", {}),
        ("Enterprise only.", {}),
        ("Requires Enterprise.", {}),
        ("Nur im Tarif Fix bleibt der Abschlag gleich.", {}),
    ],
)
def test_only_says_something_to_all(text: str, holds_for: dict[str, set[str]]) -> None:
    """
    Whoever has another plan than the only one that has it needs to know just that.
    """
    assert CASES.holds_for(text) == holds_for


def test_a_customer_has_one_of_each() -> None:
    """
    Another member of a group than theirs does not concern them; other groups say nothing.
    """
    theirs = CASES.named("We are on Growth and use an iPhone.")

    assert is_of_another(CASES.named("Open it on Android."), theirs)
    assert not is_of_another(CASES.named("On Android and iPhone"), theirs)
    assert not is_of_another(CASES.named("Pay by invoice"), theirs)
    assert is_of_theirs(CASES.named("On Android and iPhone"), theirs)
    assert not is_of_theirs(CASES.named("The Enterprise plan"), theirs)


def test_words_for_plans() -> None:
    """
    They name no plan by themselves.
    """
    assert {"plan", "tarif", "formule"} <= tier_words()
