"""Numbers in a text and their units, as the text's language writes them."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.text.numbers import numbers


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("The limit is 60.", "en", {"60"}),
        ("$1,200.50, or 1.500 of it", "en", {"1200.5", "1.5"}),
        ("1.200,50 Euro, davon 1.500", "de", {"1200.5", "1200.5 €", "1500"}),
        ("2 500 euros", "fr", {"2500", "2500 €"}),
        ("2\u202f500,5 euros", "fr", {"2500.5", "2500.5 €"}),
        ("1'000 and 12,500,300", "en", {"1000", "12500300"}),
        ("1,00,000 rupees", "en", {"100000"}),
        ("0.500 MB", "en", {"0.5", "0.5 mb"}),
        ("3,5 Stunden", "de", {"3.5", "3.5 h"}),
        ("version 5.0, not v2.0", "en", {"5"}),
        ("from 10.20.30.40 on 2026-10-02", "en", {"10.20.30.40", "2026"}),
        ("٥ أيام", "ar", {"5", "5 d"}),
        ("no number", "en", set()),
    ],
)
def test_numbers(text: str, language: str, found: set[str]) -> None:
    """
    A number has one value, whatever marks a language puts into it; dates and versions stay whole.
    """
    assert numbers(text, language) == found


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("5 to 10 business days", "en"),
        ("between five and ten days", "en"),
        ("5–10 days", "en"),
        ("fünf bis zehn Tage", "de"),
        ("in 5 bis 10 Tagen", "de"),
        ("5 à 10 jours", "fr"),
        ("de cinco a diez días", "es"),
        ("da 5 a 10 giorni", "it"),
        ("vijf tot tien dagen", "nl"),
        ("5 a 10 dias", "pt"),
    ],
)
def test_a_range_is_the_same_in_all_languages(text: str, language: str) -> None:
    """
    Both numbers of a range have its unit, in digits or in words.
    """
    assert numbers(text, language) == {"5", "5 d", "10", "10 d"}


@pytest.mark.parametrize(
    ("text", "language", "unit"),
    [
        ("3 hours", "en", "h"),
        ("3 percent", "en", "%"),
        ("3 %", "de", "%"),
        ("3 Monate", "de", "m"),
        ("3 ans", "fr", "y"),
        ("3 Go", "fr", "gb"),
        ("3天内", "zh", "d"),
        ("3 lat", "pl", "y"),
        ("3GB", "ja", "gb"),
        ("3 weeks", "de", "w"),
    ],
)
def test_units(text: str, language: str, unit: str) -> None:
    """
    A unit is known by its name in the text's language, by its English one, and by its sign.
    """
    assert numbers(text, language) == {"3", f"3 {unit}"}


@pytest.mark.parametrize(
    ("text", "language"), [("le neuf", "fr"), ("tu sei", "it"), ("one of us", "en")]
)
def test_words_that_are_mostly_no_numbers(text: str, language: str) -> None:
    """
    A number's word that mostly means something else is none.
    """
    assert not numbers(text, language)


def test_an_article_is_no_unit() -> None:
    """
    What is a unit in another language is none in English: `an` is a year in French.
    """
    assert numbers("at most 5 an hour", "en") == {"5"}


@pytest.mark.parametrize("text", ["sıx days", "fİve days", "ſechs Tage", "ſix days"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_letters_that_only_ignoring_case_takes_for_others(text: str, language: str) -> None:
    """
    A number word with a letter such as the Turkish dotless i stops nothing.
    """
    assert numbers(text, language) <= {"6", "6 d"}


@given(st.text(max_size=40), st.sampled_from(["en", "de", "fr", "zh", "xx", "pt-BR", ""]))
def test_any_text_has_numbers(text: str, language: str) -> None:
    """
    No text and no language stops the reading of numbers.
    """
    numbers(text, language)


@given(st.integers(0, 10**9))
def test_thousands(number: int) -> None:
    """
    A number has the same value with and without marks between its thousands.
    """
    assert numbers(f"{number:,}", "en") == numbers(str(number), "en")
    assert numbers(f"{number:,}".replace(",", "."), "de") == numbers(str(number), "de")


def test_rules_are_loaded_before_they_are_needed() -> None:
    """
    After loading, no text of the common languages waits for CLDR's tables.
    """
    program = (
        "import builtins; from streams.text.numbers import load_rules, numbers; load_rules();"
        " builtins.open = None;"
        " print(numbers('5 Tage', 'de'), numbers('5 days'), numbers('5 jours', 'fr'))"
    )
    made = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert made.stdout.count("5 d") == 3, made.stderr
