"""The last days that a text names."""

from __future__ import annotations

from datetime import date

import pytest

from streams.text.dates import last_days, years


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("From 1 October to 30 November 2025 it is half.", date(2025, 11, 30)),
        ("Valid until November 30, 2025.", date(2025, 11, 30)),
        ("The offer ends on 2025-11-30.", date(2025, 11, 30)),
        ("It holds until February 2024.", date(2024, 2, 29)),
        ("Wer vom 1. bis zum 31. Oktober 2025 wechselt, zahlt die Hälfte.", date(2025, 10, 31)),
        ("Gültig bis 31.10.2025.", date(2025, 10, 31)),
        ("Du 1er juin au 31 août 2026, la livraison est offerte.", date(2026, 8, 31)),
        ("L’offre vaut jusqu’au 31 août 2026.", date(2026, 8, 31)),
        ("Hasta el 30 de septiembre de 2026 cuesta 10 euros.", date(2026, 9, 30)),
        ("Fino al 30 settembre 2026.", date(2026, 9, 30)),
        ("Até 30 de setembro de 2026.", date(2026, 9, 30)),
        ("Geldig tot en met 30 september 2026.", date(2026, 9, 30)),
    ],
)
def test_until_when_something_holds(text: str, day: date) -> None:
    """
    A day behind a word such as "until" is read in each language, a month as its last day.
    """
    assert last_days(text) == (day,)


@pytest.mark.parametrize(
    "text",
    [
        "Since 1 March 2024 invoices are sent by email.",
        "The workspace was opened in March 2024.",
        "Until the end of the month.",
        "A refund takes 5 to 10 business days.",
        "Seit dem 1. März 2024 gibt es das.",
        "Valid until 30.99.2025.",
    ],
)
def test_what_names_no_last_day(text: str) -> None:
    """
    A day since which something holds is no end, nor is one without a year.
    """
    assert last_days(text) == ()


def test_years() -> None:
    """
    A number of four digits that may be a year is one.
    """
    assert years("Autumn 2025 promotion, KB-2019x, 12025") == {2025}
