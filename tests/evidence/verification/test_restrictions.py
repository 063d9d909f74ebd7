"""Conditions and exceptions beside a quoted line that a draft leaves out."""

from __future__ import annotations

import re

import pytest

from schemas import Line
from streams.evidence.verification.restrictions import telling_matter
from streams.evidence.verification.verifier import verify
from streams.text.tables import table
from tests.support.drafts import VOICE, a_drafted, a_passage


def _is_missed(
    line: str, beside: str, said: str, language: str = "en", *, leans: bool = False
) -> bool:
    """Return whether a draft that quotes *line* alone is kept back for what restricts it."""
    passage = a_passage(
        title="Help",
        locale=language,
        lines=(
            Line(n=1, text=line, restricted_by=(2,), needs=(2,)),
            Line(n=2, text=beside, needs=(1,) if leans else ()),
        ),
    )
    ticket = a_drafted(
        f"{line.removesuffix('.')} [KB-1001].", passage, text=said, language=language
    )
    return "needs-restriction" in {one.rule for one in verify(ticket, VOICE).findings}


@pytest.mark.parametrize(
    ("line", "beside", "said", "language"),
    [
        (
            "You can return unused shoes within 30 days.",
            "Shoes that were worn cannot be returned.",
            "Can I return shoes?",
            "en",
        ),
        (
            "A share can be sold at any time.",
            "Owners of a house must ask the council first.",
            "I have a house. Can I sell?",
            "en",
        ),
        (
            "Guests cannot share boards.",
            "In Nevada a written consent is needed.",
            "We are in Nevada. Can guests share boards?",
            "en",
        ),
        (
            "Boards can be copied to a workspace.",
            "Boards can be copied to one workspace within 30 days.",
            "Can I copy boards?",
            "en",
        ),
        (
            "Sie können ein Fahrrad in der Halle abstellen.",
            "Ein Fahrrad mit Motor darf nicht in die Halle.",
            "Wo stelle ich mein Rad ab?",
            "de",
        ),
        (
            "Vous pouvez échanger un billet de train.",
            "Un billet de train soldé ne peut pas être échangé.",
            "Comment changer de place ?",
            "fr",
        ),
    ],
)
def test_one_that_concerns_the_customer_is_missed(
    line: str, beside: str, said: str, language: str
) -> None:
    """
    It has a word of theirs that the draft does not have, or speaks of the same as the line.
    """
    assert _is_missed(line, beside, said, language)


@pytest.mark.parametrize(
    ("line", "beside", "said", "language"),
    [
        pytest.param(
            "The fee is 20 euros a month.",
            "Withdrawals cost 2 euros, except the first two of each month.",
            "What is the fee?",
            "en",
            id="units alone",
        ),
        pytest.param(
            "La comisión es de 6 euros al mes.",
            "Los cajeros cuestan 2 euros, salvo los dos primeros del mes.",
            "¿Qué comisión hay?",
            "es",
            id="units alone, in Spanish",
        ),
        pytest.param(
            "Open My account > My lines > Replace.",
            "After a theft, first suspend it under My account > My lines > Suspend.",
            "How do I replace my SIM?",
            "en",
            id="the way through menus",
        ),
        pytest.param(
            "Guests cannot raise the limit of a card.",
            "The limit of a card may not be raised twice.",
            "Can a guest raise the limit?",
            "en",
            id="a line that only denies",
        ),
        pytest.param(
            "Les mineurs ne peuvent pas augmenter leurs plafonds.",
            "Une augmentation des plafonds est limitée au double.",
            "Un mineur peut-il augmenter ses plafonds ?",
            "fr",
            id="a line that only denies, in French",
        ),
        pytest.param(
            "Tasks of a removed member stay.",
            "A removed member can be brought back with all settings within 60 days.",
            "What happens to tasks?",
            "en",
            id="how far something else goes",
        ),
        pytest.param(
            "Un siège ajouté est facturé au prorata.",
            "Un siège supprimé n’est pas remboursé.",
            "Un siège ajouté est-il facturé ?",
            "fr",
            id="words that any text has",
        ),
        pytest.param(
            "Der Fehler zeigt, dass das Telefon gebunden ist.",
            "Löschen Sie das Profil nicht, bevor das neue Gerät Netz hat.",
            "Mein neues Handy zeigt einen Fehler.",
            "de",
            id="words that any text has, in German",
        ),
    ],
)
def test_one_that_does_not_is_not(line: str, beside: str, said: str, language: str) -> None:
    """
    Units, menus and such words have it speak of nothing; a denial promises nothing to restrict; and
    how far another thing goes restricts that.
    """
    assert not _is_missed(line, beside, said, language)


def test_the_customer_s_word_in_the_heading_is_told() -> None:
    """
    What the section is about singles out none of its lines.
    """
    lines = (
        Line(n=1, text="Hold the button.", headings=("Reset the box",), restricted_by=(2,)),
        Line(n=2, text="A copy is not kept on the Mini box.", headings=("Reset the box",)),
    )
    ticket = a_drafted(
        "Hold the button [KB-1001].", a_passage(lines=lines), text="How do I reset my box?"
    )

    assert "needs-restriction" not in {one.rule for one in verify(ticket, VOICE).findings}


@pytest.mark.parametrize(
    ("beside", "is_missed"),
    [
        ("Danach ist eine Änderung nicht mehr möglich.", False),
        ("Danach kostet eine Änderung 5 Euro.", True),
        ("Danach ist eine Änderung nicht mehr möglich, außer im Laden.", True),
    ],
)
def test_what_only_turns_the_bound_round_says_nothing_new(beside: str, is_missed: bool) -> None:
    """
    "Until it is packed. Then no longer" says one thing twice; a price, or an exception, is another.
    """
    line = "Sie können die Adresse ändern, bis die Bestellung verpackt ist."

    assert _is_missed(line, beside, "Wie ändere ich sie?", "de", leans=True) is is_missed


def test_what_a_text_is_about() -> None:
    """
    Numbers, units and words of any article are left out.
    """
    assert telling_matter("A new card costs 30 dollars within 2 days.", "en") == {"card"}


@pytest.mark.parametrize("name", ["promises_too", "until", "beyond"])
def test_patterns_mean_the_same_to_both_engines(name: str) -> None:
    """
    Each is an expression of `re`, too, and each language that has rules for lines has some.
    """
    by_language = table("restrictions")[name]

    assert (
        by_language.keys()
        == table("line_rules").keys()
        == table("restrictions")["says_little"].keys()
    )
    for pattern in (one for patterns in by_language.values() for one in patterns):
        re.compile(pattern)
