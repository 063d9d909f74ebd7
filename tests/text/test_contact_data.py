"""Addresses and numbers that are oddly written."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from streams.text.contact_data import emails, ibans, phones
from streams.text.personal_data import Span


def found(by: Callable[[str], Iterator[Span]], text: str) -> set[str]:
    """Return what *by* finds in *text*."""
    return {text[begin:end] for begin, end in by(text)}


@pytest.mark.parametrize(
    "address",
    [
        "anna.smith@corp.example",
        "anna@localhost",
        "anna @ corp.example",
        "anna (at) corp (dot) example",
        "anna [at] corp.example",
        "anna{at}corp . example",
        "anna at corp dot example",
        "anna(ät)corp.example",
        "anna%40corp.example",
        "anna&#64;corp.example",
    ],
)
def test_addresses(address: str) -> None:
    """
    An address is found as people write it who do not want it found.
    """
    assert address in found(emails, f"Write to {address}, please.")
    assert address in found(emails, f"Write to {address}. Please do.")
    assert found(emails, "We meet at noon at the office. Prices start at 5.") == set()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Call me at 5551234567.", "5551234567"),
        ("Tel.: 555 1234", "555 1234"),
        ("my number is 4420794600", "4420794600"),
        ("Handy 0170/1234567", "0170/1234567"),
        ("my cell's 4155550100", "4155550100"),
        ("text me on 4155550100", "4155550100"),
        ("Meine Telefonnummer lautet 15123456789", "15123456789"),
        ("il mio cellulare: 3331234567", "3331234567"),
    ],
)
def test_numbers_that_are_called_so(text: str, number: str) -> None:
    """
    Without a prefix, the words before it tell that a number is a telephone's.
    """
    assert found(phones, text) == {number}
    assert found(phones, "Order 5551234567 was charged 2 times") == set()


@pytest.mark.parametrize(
    "account",
    [
        "DE89370400440532013000",
        "DE89 3704 0044 0532 0130 00",
        "de89  3704  0044  0532  0130  00",
        "DE89-3704-0044-0532-0130-00",
    ],
)
@pytest.mark.parametrize("behind", ["", ".", " is my account", " that have been"])
def test_accounts(account: str, behind: str) -> None:
    """
    An IBAN is found by its check digits, whatever its spaces and the words behind it.
    """
    assert any(account in one for one in found(ibans, f"My IBAN: {account}{behind}"))
    assert found(ibans, "DE88 3704 0044 0532 0130 00, AB12 that have been gone") == set()


@pytest.mark.parametrize(
    "text",
    [
        "npm install lodash@4.17.21 breaks",
        "react@18.2.0 and @acme/sdk@12.1.0",
        "lodash @ 4.17.21",
        "acme/web@sha256:ab12, acme@latest, acme@v2.1",
        "ping @anna.b on slack",
    ],
)
def test_packages_are_no_addresses(text: str) -> None:
    """
    A name with its version is what a question is about.
    """
    assert found(emails, text) == set()


@pytest.mark.parametrize("text", ["Call me on 12.03.2024, please", "Call me at 2024-03-12 10:30"])
def test_a_day_is_no_telephone_number(text: str) -> None:
    """
    When to call is not whom to call.
    """
    assert found(phones, text) == set()
    assert found(phones, text + ", number 0170 1234567") <= {"0170 1234567"}


@pytest.mark.parametrize("address", ["a@next.example", "a@latest.co.uk", "a@x1.y2.example"])
def test_addresses_like_packages(address: str) -> None:
    """
    A domain may be called as a version is.
    """
    assert found(emails, f"to {address}.") == {address}
