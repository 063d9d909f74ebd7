"""The plans and the like that a customer names."""

from __future__ import annotations

import pytest

from streams.evidence.verification.plan_names import PlanEvidence, is_in
from streams.evidence.verification.verifier import verify
from tests.support.drafts import VOICE, a_drafted, a_passage

SAVER = PlanEvidence(["Saver: Early exit fee 25 euros"], ["Saver"], "help.aurora-gym.example")


@pytest.mark.parametrize(
    "asked",
    [
        "What is the early exit fee for the Gold plan?",
        "what is the fee of the gold plan?",
        "What is the early exit fee for the Saver Plus plan?",
        "Is the “Sunrise” plan cheaper?",
        "How many guest passes do Platinum/Saver members get?",
        "Is it free for Saver and Gold members?",
        "What is the fee for Platinum?",
        "Do platinum customers pay it?",
        "Does the Sunrise edition cost more?",
        "May the Treasurer role see it?",
        "What does the Slack integration cost?",
        "I have the Gold plan. What is the fee?",
        "What is the fee for my Gold plan?",
        "Was kostet der Tarif Gold?",
        "Was kostet der Gold-Tarif?",
        "Was kostet der Goldtarif?",
        "Was kostet der Tarif Sonnenaufgang?",
        "Combien coûte la formule Confort ?",
        "Combien coûte l'offre Soleil ?",
        "¿Cuánto cuesta el plan Oro?",
        "¿Qué pagan los miembros Platino?",
        "Quanto costa il piano Gold?",
    ],
)
def test_another_plan_than_the_lines_tell_of(asked: str) -> None:
    """
    A line for Saver says nothing of another plan, whether or not any article knows that one.
    """
    assert SAVER.lacks(asked)


@pytest.mark.parametrize(
    "asked",
    [
        "What is the early exit fee for the Saver plan?",
        "what is the fee of the saver plan?",
        "Which plan has the lowest fee?",
        "Can I change my plan?",
        "Cancel plan: how do I do it?",
        "How do I add team members?",
        "Can family members come along?",
        "How do I reset it in my Gmail account?",
        "Does it work for Safari users?",
        "How do I end my Aurora Gym membership?",
        "CAN I GET A REFUND FOR MY PLAN?",
        "Was kostet es pro Tarif?",
        "Welcher Tarif hat die kleinste Gebühr?",
        "Kann ich den Tarif Ende Mai wechseln?",
        "Sind im Abo Getränke dabei?",
        "Quelle est la formule la plus chère ?",
        "¿Cuál es el plan más barato?",
    ],
)
def test_what_names_no_other_plan(asked: str) -> None:
    """
    A word for plans, a company, a browser or a mail client names no plan.
    """
    assert not SAVER.lacks(asked)


@pytest.mark.parametrize(
    ("said", "lacks"),
    [
        ("We are on the Gold plan. How do I reset my PIN?", False),
        ("We are on the Gold plan, how do I reset my PIN?", False),
        ("How do I reset the PIN of my Gold plan?", False),
        ("Wir sind im Tarif Gold. Wie setze ich die PIN zurück?", False),
        ("Can the Gold plan reset the PIN?", True),
    ],
)
def test_a_plan_that_a_customer_only_has(said: str, lacks: bool) -> None:
    """
    It matters where the lines tell plans apart.
    """
    lines = ["Select Reset.", "Go to Plan > Cancel plan."]

    assert PlanEvidence(lines).lacks(said) is lacks
    assert PlanEvidence([*lines, "On the Saver plan, call us."]).lacks(said)
    assert PlanEvidence([*lines, "On the Sunrise plan, call us."]).lacks_theirs(said)
    assert not PlanEvidence(lines).lacks_theirs(said)


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("saver", "Saver: 20 euros", True),
        ("saver", "Savers pay nothing.", True),
        ("saver", "Saver Plus: 20 euros", False),
        ("saver", "Saver Plus: 20 euros. Saver: 10 euros", True),
        ("saver plus", "Saver-Plus: 20 euros", True),
        ("plus", "Saver Plus: 20 euros", False),
        ("plus", "On the Plus plan", True),
        ("premium", "Premium pro Monat: 20 Euro", True),
        ("premium", "im Premiumtarif", True),
        ("annual", "The yearly plan", True),
        ("gold", "Golden rules", False),
    ],
)
def test_a_longer_name_is_another_one(name: str, text: str, found: bool) -> None:
    """
    "Saver Plus" is not "Saver", and a yearly plan is an annual one.
    """
    assert is_in(name, [text]) is found


PASSAGE = a_passage(
    "Plan: Flex; Early exit fee: none\n"
    "Plan: Saver; Early exit fee: 25 euros\n"
    "Saver members receive 1 guest pass a month. Flex members receive none.",
    title="Fees and guests",
)


@pytest.mark.parametrize(
    ("said", "line", "missing"),
    [
        (
            "What is the early exit fee for the {} plan?",
            "Plan: Saver; Early exit fee: 25 euros [KB-1001].",
            {"Saver": False, "Gold": True, "Saver Plus": True},
        ),
        (
            "How many guest passes do {} members get a month?",
            "Saver members receive 1 guest pass a month [KB-1001].",
            {"Saver": False, "Platinum": True, "Saver Plus": True},
        ),
        (
            "I am on the {} plan. How high is my early exit fee?",
            "Plan: Saver; Early exit fee: 25 euros [KB-1001].",
            {"Saver": False, "Gold": True, "Saver Plus": True},
        ),
    ],
)
def test_a_draft_for_another_plan_is_found(said: str, line: str, missing: dict[str, bool]) -> None:
    """
    A draft whose lines do not have the plan that is asked about says so.
    """
    for plan, is_missing in missing.items():
        ticket = a_drafted(line, PASSAGE, text=said.format(plan))
        found = {issue.rule for issue in verify(ticket, VOICE).findings}
        assert ("missing-name" in found) is is_missing, plan
