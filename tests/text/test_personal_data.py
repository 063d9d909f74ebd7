"""Personal data in a text: what is found and what is not."""

from __future__ import annotations

import pytest

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
