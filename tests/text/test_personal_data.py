"""Personal data in a text: what is found and what is not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.personal_data import personal_text
from streams.text import personal_data


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Write to anna@corp.local.", ["email"]),
        ("4111-1111-1111-1111", ["card"]),
        ("4111 1111 1111 1112", []),
        ("IBAN GB82 WEST 1234 5698 7654 32", ["iban"]),
        ("IBAN GB82 WEST 1234 5698 7654 33", []),
        ("iban de89370400440532013000", ["iban"]),
        ("IBAN DE89-3704-0044-0532-0130-00", ["iban"]),
        ("call +44 20 7946 0321 or (030) 123 4567", ["phone", "phone"]),
        ("on 2026-10-02 13:31:40, invoice LKI-2026-081442", []),
        ("versions 10.20.30.40 and 1,000 rows", []),
        ("0000 0000 0000 0000", []),
    ],
)
def test_personal_data(text: str, kinds: list[str]) -> None:
    """
    Addresses and numbers are found by form and check digits; dates and invoices are not.
    """
    assert [found.kind for found in personal_data.find(text)] == kinds


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Write to anna@corp.local, please.", "Write to •••, please."),
        ("4111 1111 1111 1111, cvc 123, order 77", "•••, •••, order 77"),
        ("cvc 123 4111 1111 1111 1111", "••• •••"),
        ("security code 4111 1111 1111 1111", "security code •••"),
        ("a@b.de and xa@b.de.example", "••• and •••"),
        ("call +44 20 7946 0321 or +44 20 7946 0322", "call ••• or •••"),
        ("order 1234 of 2026-10-02", "order 1234 of 2026-10-02"),
    ],
)
def test_masked(text: str, masked: str) -> None:
    """
    What is found, and a card's security code, is masked; all else stays as it is.
    """
    assert personal_data.masked(text) == masked


@given(st.text(alphabet="a1@.+ -(4\n", max_size=60))
def test_nothing_is_left_in_a_masked_text(text: str) -> None:
    """
    In a masked text there is no piece of personal data that was found in it.
    """
    left = set(personal_data.find(personal_data.masked(text)))

    assert not left & set(personal_data.find(text))


@pytest.mark.timeout(60)
def test_any_number_of_addresses() -> None:
    """
    A megabyte of addresses and numbers is masked to the end, not for ever.
    """
    masked = personal_data.masked(personal_text(1_000_000))

    assert masked.split("\n", 1)[0] == "••• ••• ••• •••"
    assert not re.search(r"\d", masked)
