"""Passwords beside a user's name, in tables and in lists, and in unspaced languages."""

from __future__ import annotations

import pytest

from streams.text.credentials import passwords_beside


def found(text: str) -> set[str]:
    """Return the passwords in *text*."""
    return {text[begin:end] for begin, end in passwords_beside(text)}


@pytest.mark.parametrize(
    "text",
    [
        "login: anna / Blumentopf7",
        "login: anna / Blumentopf.",
        "credentials are anna / Blumentopf7",
        "user anna, Blumentopf7",
        "I log in with anna and Blumentopf7",
        "user anna pass Blumentopf",
        "username: anna\nBlumentopf7",
        "Zugangsdaten: anna und Blumentopf7",
        "identifiants : anna / Blumentopf7",
        "User / Password:\nanna / Blumentopf7",
    ],
)
def test_behind_a_users_name(text: str) -> None:
    """
    A sign or letters with digits tell; no word says "password".
    """
    assert {password.removesuffix(".").removesuffix("7") for password in found(text)} == {
        "Blumentopf"
    }


@pytest.mark.parametrize(
    "text",
    [
        "| user | password |\n|---|---|\n| anna | Blumentopf |\n| ben | Vase |\n\nthanks | a lot",
        "user,password,role\nanna,Blumentopf,admin\nben,Vase,user\nThank you",
        "Benutzer;Passwort\nanna;Blumentopf\nben;Vase",
        "User\tPassword\nanna\tBlumentopf\nben\tVase",
        "User    New password\nanna    Blumentopf\nben    Vase",
        "User Password\nanna Blumentopf\nben Vase",
        "Password / User\nBlumentopf / anna\nVase / ben",
    ],
)
def test_below_the_heading_of_a_table(text: str) -> None:
    """
    Each cell of the column is found, whatever stands between cells, and nothing else.
    """
    assert {*found(text)} - {"---"} == {"Blumentopf", "Vase"}


@pytest.mark.parametrize(
    "text",
    [
        "密码是abc12345",
        "我的密码是abc12345，谢谢",
        "密码:abc12345",
        "パスワードはabc12345です",
        "비밀번호는 abc12345 입니다",
    ],
)
def test_in_languages_without_spaces(text: str) -> None:
    """
    What joins a name and a password there is no word of its own.
    """
    assert found(text) == {"abc12345"}


@pytest.mark.parametrize(
    "text",
    [
        "recovery codes: 7f3k-99ab, 8d2l-22cd, 1a2b-3c4d",
        "My backup codes:\n- 7f3k-99ab\n- 8d2l-22cd\n- 1a2b-3c4d\n\nNone works",
        "The recovery codes are 7f3k-99ab 8d2l-22cd and 1a2b-3c4d",
        "recovery codes 7f3k-99ab 8d2l-22cd 1a2b-3c4d",
        "backup codes: 7f3k-99ab (used), 8d2l-22cd (unused), 1a2b-3c4d",
        "Notfallcodes\n1. 7f3k-99ab\n2. 8d2l-22cd\n3. 1a2b-3c4d",
    ],
)
def test_each_code_of_a_list(text: str) -> None:
    """
    Not the first alone.
    """
    assert found(text) == {"7f3k-99ab", "8d2l-22cd", "1a2b-3c4d"}


@pytest.mark.parametrize(
    "text",
    [
        "login: cannot sign in",
        "Login page shows error LK-SSO-11",
        "Test sign-in fails with LK-SSO-11",
        "account 4711, order ORD-2024-11",
        "my user page: https://site.example/a1b2c3",
        "user: see https://site.example/a1b2c3",
        "email programs: Outlook, Eudora",
        "I forgot my user name and my password\nPlease help",
        "recovery codes: where do I find them?",
        "Where are my recovery codes? I lost them in 2025.",
        "密码错误",
        "| Enterprise | Account manager | Phone, within 3 hours |",
    ],
)
def test_what_has_none(text: str) -> None:
    """
    Questions about signing in stay as they are.
    """
    assert found(text) == set()
