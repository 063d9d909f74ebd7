"""The rules of languages: each is whole, and says what it should."""

from __future__ import annotations

import re

import pytest

from schemas import Article
from streams.evidence.line_rules import article_language, rules_of
from streams.text.tables import table

LANGUAGES = ["en", "de", "fr", "es", "it", "pt", "nl"]


def test_the_languages() -> None:
    """
    Seven languages have rules, all of the same kinds.
    """
    found = table("line_rules")

    assert list(found) == LANGUAGES
    assert len({tuple(rules) for rules in found.values()}) == 1
    assert rules_of("sv") is None


@pytest.mark.parametrize("code", LANGUAGES)
def test_patterns_mean_the_same_to_both_engines(code: str) -> None:
    """
    Each alternative is an expression by itself, in lower case.
    """
    for lines in table("line_rules")[code].values():
        for line in lines:
            re.compile(line)
            assert not re.search(r"(?<!\\)[A-Z]", line), line
    assert rules_of(code) is not None


@pytest.mark.parametrize(
    ("locale", "body", "code"),
    [
        ("de-AT", "What is it?", "de"),
        ("pt_BR", "What is it?", "pt"),
        (
            None,
            "You can change the plan of your workspace in the settings, and there is more.",
            "en",
        ),
        (None, "Sie können den Tarif Ihres Arbeitsbereichs in den Einstellungen ändern.", "de"),
        (None, "Vous pouvez changer le forfait de votre espace dans les paramètres.", "fr"),
    ],
)
def test_the_language_of_an_article(locale: str | None, body: str, code: str) -> None:
    """
    Its locale says it, else its text.
    """
    article = Article(doc_id="A", title="Larkspur", body=body, locale=locale)

    assert article_language(article, body) == code


def test_this_article_is_no_line() -> None:
    """
    "This policy covers" points to the article, "This covers" to a line.
    """
    rules = rules_of("en")
    assert rules is not None

    assert rules.leans("This covers it.")
    assert not rules.leans("This policy covers the Team plan.")
    assert not rules.leans('"This link has expired" is shown.')


@pytest.mark.parametrize(
    ("code", "text", "leans"),
    [
        ("de", "Ist das der Fall, warten Sie einen Tag.", True),
        ("de", "Ist das Geld schon gutgeschrieben, fragen wir die Bank.", False),
        ("de", "Die Frist endet am Freitag.", True),
        ("de", "Die Frist für Bücher endet am Freitag.", False),
        ("fr", "Le délai est de deux jours.", True),
        ("fr", "L'option Voyage peut être activée la veille.", False),
        ("es", "El importe se devuelve el lunes.", True),
        ("es", "El importe máximo por retirada es de 600 €.", False),
        ("it", "Il limite è di due giorni.", True),
        ("it", "Il limite di prelievo è di due giorni.", False),
        ("pt", "O prazo é de dois dias.", True),
        ("pt", "O prazo de entrega é de dois dias.", False),
        ("nl", "De termijn is twee dagen.", True),
        ("nl", "De termijn voor boeken is twee dagen.", False),
    ],
)
def test_a_line_that_says_itself_what_it_is_about_leans_on_none(
    code: str, text: str, leans: bool
) -> None:
    """
    "The deadline ends on Friday" points back, "the deadline for books" does not.
    """
    rules = rules_of(code)
    assert rules

    assert rules.leans(text) is leans


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("Guests cannot share boards.", True),
        ("Boards are kept for at most 30 days.", True),
        ("Both boards must be open.", True),
        ("Boards can be shared.", False),
    ],
)
def test_what_limits_denies_bounds_or_demands(text: str, limits: bool) -> None:
    """
    A no, a bound and a demand limit what speaks of the same.
    """
    rules = rules_of("en")
    assert rules

    assert rules.limits(text) is limits


@pytest.mark.parametrize(
    ("code", "heading", "is_condition"),
    [
        ("en", "When the money comes", False),
        ("en", "When your card is charged", False),
        ("en", "When the payment fails", True),
        ("en", "After the money has come", True),
        ("fr", "Quand le remboursement arrive", False),
        ("fr", "Quand le paiement échoue", True),
        ("it", "Quando arriva il rimborso", False),
        ("pt", "Quando chega o reembolso", False),
        ("nl", "Wanneer komt het geld", False),
    ],
)
def test_a_heading_that_asks_when_something_comes_is_no_condition(
    code: str, heading: str, is_condition: bool
) -> None:
    """
    "When the money comes" heads lines that tell when; "when the payment fails", what then holds.
    """
    rules = rules_of(code)
    assert rules

    assert rules.is_condition(heading) is is_condition
