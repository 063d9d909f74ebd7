"""Numbers with what makes them mean something."""

from __future__ import annotations

import pytest

from streams.evidence.verification.quantities import NumberWithUnit, lacks, quantities, units_of


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("for a dozen hours", "en", [NumberWithUnit("12", "h")]),
        ("half off", "en", [NumberWithUnit("0.5")]),
        ("USD50 on top", "en", [NumberWithUnit("50", "$")]),
        ("costs $50", "en", [NumberWithUnit("50", "$")]),
        ("1,170 dollars", "en", [NumberWithUnit("1170", "$")]),
        ("300 requests per minute", "en", [NumberWithUnit("300", "", "min")]),
        ("9 US dollars per seat and month", "en", [NumberWithUnit("9", "$", "m")]),
        ("60 long weeks", "en", [NumberWithUnit("60", "w")]),
        ("twenty days", "en", [NumberWithUnit("20", "d")]),
        (
            "5 to 10 business days",
            "en",
            [NumberWithUnit("5", "d", "", "business"), NumberWithUnit("10", "d", "", "business")],
        ),
        ("after LK-413 or step 2.", "en", [NumberWithUnit("2")]),
        ("1.170,50 Euro", "de", [NumberWithUnit("1170.5", "€")]),
        ("ein Dutzend Tage", "de", [NumberWithUnit("12", "d")]),
        ("120 Anfragen pro Minute", "de", [NumberWithUnit("120", "", "min")]),
        ("10 Werktagen", "de", [NumberWithUnit("10", "d", "", "business")]),
        ("at most twice", "en", [NumberWithUnit("2")]),
        ("zweimal", "de", [NumberWithUnit("2")]),
        ("trente jours", "fr", [NumberWithUnit("30", "d")]),
        ("16 dólares al mes", "es", [NumberWithUnit("16", "$", "m")]),
        ("no number", "en", []),
    ],
)
def test_quantities(text: str, language: str, found: list[NumberWithUnit]) -> None:
    """
    Spelled numbers, rates, glued currencies and kinds of day are read in the draft's language.
    """
    assert list(quantities(text, language)) == found


@pytest.mark.parametrize(
    ("claim", "line", "headers", "missing"),
    [
        ("60 days", "for 60 days", "", False),
        ("60 weeks", "for 60 days", "", True),
        ("61 days", "for 60 days", "", True),
        ("300 per hour", "300 requests per minute", "", True),
        ("300 per minute", "Requests per minute 300", "Requests per minute", False),
        ("14 days", "0 to 14", "Days after the first failed payment", False),
        ("14 hours", "0 to 14", "Days after the first failed payment", True),
        ("5 calendar days", "5 business days", "", True),
        ("5 days", "5 business days", "", True),
        ("100 GB", "100 MB", "", True),
    ],
)
def test_what_a_line_lacks(claim: str, line: str, headers: str, missing: bool) -> None:
    """
    A number keeps its unit, its rate and its kind of day; a bare one may have its header's unit.
    """
    assert lacks(quantities(claim), quantities(line), units_of(headers)) is missing
