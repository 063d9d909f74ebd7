"""Passwords, keys and tokens: what is one, and what only speaks of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from streams.text import secrets
from streams.text.personal_data import Place


def found(by: Callable[[str], Iterator[Place]], text: str) -> list[str]:
    """Return what *by* finds in *text*."""
    return [text[begin:end] for begin, end in by(text)]


@pytest.mark.parametrize(
    ("text", "password"),
    [
        ("my password is hunter", "hunter"),
        ("My password is hunter. It fails.", "hunter."),
        ("Password: hunter22 and user anna", "hunter22"),
        ("password=abc", "abc"),
        ("Password:\nhunter", "hunter"),
        ("password for the portal is: S3cret!", "S3cret!"),
        ("the password is 'two words' now", "two words"),
        ("I changed my password to Geheim42 but", "Geheim42"),
        ("Passwort lautet geheim", "geheim"),
        ("mot de passe : azerty99", "azerty99"),
        ("la contraseña es toro7 pero", "toro7"),
        ("mijn wachtwoord is fiets", "fiets"),
        ("my PIN is 4711", "4711"),
        ("the verification code is 123456", "123456"),
    ],
)
def test_passwords(text: str, password: str) -> None:
    """
    A password is found by the words before it.
    """
    assert found(secrets.passwords, text) == [password]


@pytest.mark.parametrize(
    "text",
    [
        "My password is wrong.",
        "My password is not accepted",
        "The password is expired, and the PIN is invalid",
        "I forgot my password: how do I reset it?",
        "Mein Passwort ist falsch",
        "Le mot de passe est incorrect.",
        "The password is being rejected since Monday",
        "Passes are sold out; the compass is broken",
    ],
)
def test_what_only_speaks_of_a_password(text: str) -> None:
    """
    A model has to know what is wrong with it.
    """
    assert found(secrets.passwords, text) == []


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("use sk-abcdefghijklmnopqrst please", "sk-abcdefghijklmnopqrst"),
        ("ghp_abcdefghij0123456789abcd", "ghp_abcdefghij0123456789abcd"),
        ("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
        ("eyJhbGciOiJIUzI1.eyJzdWIiOiIx.dozjgNryP4", "eyJhbGciOiJIUzI1.eyJzdWIiOiIx.dozjgNryP4"),
        ("Authorization: Bearer abc.def-123", "abc.def-123"),
        ("our API key is a1b2c3d4e5", "a1b2c3d4e5"),
        ("https://x.example/reset?lang=en&token=abcdef#top", "abcdef#top"),
        ("postgres://user:hunter@db.example/x", "user:hunter"),
        ("the hash " + "0123456789abcdef" * 2, "0123456789abcdef" * 2),
    ],
)
def test_keys(text: str, key: str) -> None:
    """
    A key is found by its form, or by the words before it.
    """
    assert key in found(secrets.keys, text)


def test_a_private_key() -> None:
    """
    It is found whole, and to the end of the text if its own is missing.
    """
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAK\n"
    assert found(secrets.keys, f"here: {key}-----END RSA PRIVATE KEY-----") == [key]
    assert found(secrets.keys, f"here: {key}") == [key]
    assert found(secrets.keys, "-----BEGIN CERTIFICATE-----\nMIIEow\n-----END") == []


@pytest.mark.parametrize(
    "text",
    [
        "The token expired. Secret sharing is great.",
        "How do I make an access token for the API?",
        "Order 1234567890 of 2026-03-01, error E-1042, version 2.4.1",
        "https://help.example/articles/how-to-make-a-token-in-2026?lang=en&page=2",
        "The key is on the left of the keyboard",
        "a" * 40,
    ],
)
def test_what_only_speaks_of_a_key(text: str) -> None:
    """
    Codes, versions and addresses of pages are what a question may be about.
    """
    assert found(secrets.keys, text) == []
