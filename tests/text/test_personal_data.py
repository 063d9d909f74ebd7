"""Personal data in a text: what is found and what is not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.load.personal_data import personal_text
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
    "number",
    [
        "06 12 34 56 78",
        "06.12.34.56.78",
        "06-12-34-56-78",
        "415 5550100",
        "415.555.0100",
        "1.415.555.0100",
        "0170/1234567",
        "+49 30 1234 5678",
    ],
)
@pytest.mark.parametrize("before", ["", "on 05.01.2024 ", "v1.2.3.4567, ", "for 1 200 EUR: "])
def test_telephone_numbers(number: str, before: str) -> None:
    """
    A number is found in the forms of its country, behind a date or an amount too.
    """
    assert personal_data.masked(f"{before}{number} please") == f"{before}••• please"


@pytest.mark.parametrize(
    "text",
    [
        "It failed on 05.01.2024 at noon",
        "Since 02/22/2022 we wait",
        "on 12/03/2024 10:30 and again 14/03/2024 11:30",
        "2024-01-05 10:30:12, 2024/01/05, 5.1.2024, 05. 01. 2024",
        "between 01.02.2024 and 03.04.2024 we paid 100 200 300 EUR",
        "We have 1 200 000 000 rows, € 100 200 300, 1.234.567,00 and 1,234,567.00",
        "Windows 10.0.19045.3693 with app 2.14.3",
        "IP 192.168.10.25:8080 and 10.20.30.40/24",
        "npm install lodash@4.17.21",
        "Order no. 0012345678, order 0123456789, invoice 2024-000-123-456",
        "ticket TCK-2024-000123 follow-up of 2023-12-24 and 2024-01-02",
        "cid: 4711 in the log",
    ],
)
def test_dates_amounts_and_versions(text: str) -> None:
    """
    They have as many digits as a telephone number, and are needed for an answer.
    """
    assert personal_data.masked(text) == text


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
