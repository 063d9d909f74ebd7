"""Passwords and one-time codes: what is one, and what only speaks of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from streams.text import passwords
from streams.text.personal_data import Span


def found(by: Callable[[str], Iterator[Span]], text: str) -> list[str]:
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
        ('{"user":"bob","password":"Geheim42"}', "Geheim42"),
        ("{'pw':'Geheim42'}", "Geheim42"),
        ("'password' => 'x7'", "x7"),
        ('"password" : "two words"', "two words"),
        ("db_pass: Geheim42", "Geheim42"),
        ("dbPassword=Geheim42", "Geheim42"),
        ("DB_PASSWORD=Geheim42", "Geheim42"),
        ("<password>Geheim42</password>", "Geheim42"),
        ("<td>Password</td><td>Geheim42</td>", "Geheim42"),
        ("**Password:** Geheim42", "Geheim42"),
        ("**Password**: Geheim42", "Geheim42"),
        ("| Password | Geheim42 |", "Geheim42"),
        ("Password | Geheim42", "Geheim42"),
        ("my password Geheim42 does not work", "Geheim42"),
        ("the password 'Geheim42' is not accepted", "Geheim42'"),
        ("my password is really Geheim42 ok", "Geheim42"),
        ("my password's Geheim42", "Geheim42"),
        ("password (new) Geheim42", "Geheim42"),
        ("The password was reset to hunter", "hunter"),
        ("my password has been changed to Geheim42 today", "Geheim42"),
        ("Ich melde mich mit dem Passwort Geheim42 an", "Geheim42"),
        ("Password\nGeheim42", "Geheim42"),
        ("mdp: Geheim42", "Geheim42"),
        ("Geheim42 is my password", "Geheim42"),
        ("I use Geheim42 as my password here", "Geheim42"),
        ("482913 is my verification code", "482913"),
        ("my password 2024Summer fails", "2024Summer"),
        ("my password abc-12 fails", "abc-12"),
        ("hasło: Geheim42", "Geheim42"),
        ("my verification code 482913 fails", "482913"),
        ("my PIN 4827 is refused", "4827"),
        ("password: " + "aB3" * 500, "aB3" * 500),
    ],
)
def test_passwords(text: str, password: str) -> None:
    """
    A password is found by the words before it.
    """
    assert {*found(passwords.passwords, text)} == {password}


def test_an_old_and_a_new_password() -> None:
    """
    Of a change, both are found.
    """
    text = "I changed my password from hunter2 to S3cret!x9 and cannot sign in"
    assert found(passwords.passwords, text)[-2:] == ["hunter2", "S3cret!x9"]


@pytest.mark.parametrize(
    "text",
    [
        "ERR-4013 is the password error, v2.14 is the password page, 90days is the password limit",
        "I went to Settings > Password > Change",
        "Every password reset mail fails with E-4013",
        "The password page shows error 500.",
        "My password is older than 90 days.",
        "the password was reset yesterday by support",
        "the password policy is 12 characters long",
        "The password from Monday to Friday is another",
        "PIN pad is broken after v2.1",
        "password ERR_4013 appears, password v2.14",
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
    assert found(passwords.passwords, text) == []


@pytest.mark.parametrize(
    ("text", "password"),
    [
        ("Password: correct horse battery staple", "correct horse battery staple"),
        ("Passwort: blaue Katze grüner Hund.\nDanke", "blaue Katze grüner Hund."),
        ("Password: Corr3ct horse battery, thanks", "Corr3ct horse battery,"),
        ("my password is correct horse battery staple", "correct horse battery staple"),
        ("Passphrase = winter garden party but it fails", "winter garden party"),
        ("Password: hunter22 does not work", "hunter22"),
        ("2FA code: 884 213", "884 213"),
        ("my verification code is 884-213 now", "884-213"),
        ("PIN 47 11", "47 11"),
        ("my pin code is 47 11", "47 11"),
        ("password = My Dog Has 4 Legs", "My Dog Has 4 Legs"),
        ("Passphrase: correct, horse, battery", "correct, horse, battery"),
        ("la contraseña: sol de verano azul", "sol de verano azul"),
        ("I use Sonnenblume7 as password", "Sonnenblume7"),
    ],
)
def test_several_words(text: str, password: str) -> None:
    """
    A passphrase and a code in groups are hidden whole, and no more of the sentence.
    """
    places = sorted(passwords.passwords(text))
    begin, end = min(b for b, _ in places), max(e for _, e in places)
    assert text[begin:end].rstrip(".,") == password.rstrip(".,")


@pytest.mark.parametrize("text", ["Password Blumentopf\nthanks", "- Password\n- Blumentopf"])
def test_a_row_or_a_list_item(text: str) -> None:
    """
    A table of a web page becomes a line a row.
    """
    assert found(passwords.passwords, text) == ["Blumentopf"]


@pytest.mark.parametrize(
    "text",
    [
        "passcode retrieval",
        "Password Reset",
        "Password: reset not possible",
        "Password: how do I change it?",
        "Password reset: link missing since Monday",
        "My PIN was entered wrong and now I am blocked.",
        "My password is always rejected immediately",
    ],
)
def test_a_title_or_a_sentence(text: str) -> None:
    """
    It says what the question is.
    """
    assert found(passwords.passwords, text) == []
