"""What stands behind placeholders, and what comes back."""

from __future__ import annotations

import time

import pytest

from streams.text.placeholders import Placeholders, without_placeholders

CARD = "4111 1111 1111 1111"


def test_the_same_value_has_the_same_placeholder() -> None:
    """
    A model can tell that two are one, however they are written and in whichever text.
    """
    hidden = Placeholders()
    first = hidden.hide("anna@corp.example or ben@corp.example", longest=100)
    assert first == "<EMAIL_1> or <EMAIL_2>"
    assert hidden.hide(f"Anna@corp.example, {CARD}", longest=100) == "<EMAIL_1>, <CARD_1>"
    assert hidden.hide("4111-1111-1111-1111", longest=100) == "<CARD_1>"


def test_what_is_put_back() -> None:
    """
    Addresses and telephone numbers that the customer wrote; nobody repeats anything else.
    """
    hidden = Placeholders()
    hidden.hide(f"anna@corp.example, +49 170 1234567, {CARD}, password: hunter22", longest=100)
    hidden.hide("ben@corp.example", longest=100, own=False)
    said = "<EMAIL_1> <PHONE_1> <CARD_1> <PASSWORD_1> <EMAIL_2> <EMAIL_3> <b_1>"
    assert hidden.put_back(said) == "anna@corp.example +49 170 1234567 ••• ••• ••• ••• <b_1>"


@pytest.mark.parametrize("kind", ["EMAIL", "PHONE"])
@pytest.mark.parametrize("agents_first", [False, True])
def test_what_looks_like_a_placeholder(kind: str, agents_first: bool) -> None:
    """
    A customer who writes placeholders gets these words for them, never what an agent wrote.
    """
    hidden = Placeholders()
    texts = [(f"Customer wrote <{kind}_1>.", True), ("ben@corp.com, +49 170 1234567", False)]
    in_order = reversed(texts) if agents_first else texts
    given = [hidden.hide(text, longest=100, own=own) for text, own in in_order]
    back = hidden.put_back(" ".join(given))
    assert f"Customer wrote <{kind}_1>." in back
    assert "ben" not in back
    assert "170" not in back
    assert hidden.put_back("<EMAIL_9> <CARD_1>") == "••• •••"


def test_what_looks_like_the_placeholder_of_something_else() -> None:
    """
    It stays itself, beside an address of the same text too.
    """
    hidden = Placeholders()
    given = hidden.hide("<CARD_1>: anna@corp.example, not <EMAIL_1>", longest=100)
    assert given == "<CARD_1>: <EMAIL_1>, not <EMAIL_2>"
    assert hidden.put_back("<EMAIL_1> <EMAIL_2>") == "anna@corp.example <EMAIL_1>"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("j.smith@corp.com", "jsmith@corp.com"),
        ("a-b@x.com", "ab@x.com"),
        ("a_b@x.com", "a.b@x.com"),
        ("ab@x-y.com", "ab@xy.com"),
        ("+49 170 1234567", "+49 170 1234568"),
    ],
)
def test_two_addresses_that_are_alike(one: str, other: str) -> None:
    """
    Each has its own placeholder, and comes back as itself.
    """
    hidden = Placeholders()
    words = f"Not {one} but {other}, please."
    given = hidden.hide(words, longest=100)
    assert len({*given.split()} & {f"<{k}_{n}>," for k in ("EMAIL", "PHONE") for n in (2,)}) == 1
    assert hidden.put_back(given) == words


def test_passwords_differ_in_a_sign() -> None:
    """
    A model can tell that one password is not the other.
    """
    given = Placeholders().hide("password: a-b1 and password: ab1", longest=100)
    assert given == "password: <PASSWORD_1> and password: <PASSWORD_2>"


@pytest.mark.parametrize(
    "unseen",
    [0x200E, 0x200F, 0x2066, 0x2069, 0x202A, 0x2060, 0x200B, 0xFEFF, 0x34F, 0x61C, 0xE0001],
)
def test_characters_that_are_not_shown(unseen: int) -> None:
    """
    They hide no number and no code.
    """
    card = f" {chr(unseen)}".join(CARD.split())
    given = Placeholders().hide(f"{card} cvc{chr(unseen)} 987", longest=100)
    assert given == f"<CARD_1> cvc{chr(unseen)} <SECURITY_CODE_1>"
    assert Placeholders().hide(chr(unseen).join(CARD.split()), longest=100) == "<CARD_1>"


@pytest.mark.parametrize("known", ["anna@corp", "Anna+X@corp", "ünal@corp"])
def test_an_address_that_is_known(known: str) -> None:
    """
    The customer's own address is hidden in whatever form it has.
    """
    assert known.upper() not in Placeholders(known).hide(f"I am {known.upper()}.", longest=100)


@pytest.mark.parametrize("known", [None, "", "@", "n/a", "none"])
def test_an_address_that_is_none(known: str | None) -> None:
    """
    What publishers write for "no address" is not hidden.
    """
    assert Placeholders(known).hide("none of it is n/a @", longest=100) == "none of it is n/a @"


@pytest.mark.parametrize("longest", [0, 1, 10, 299, 300, 301, 1_000])
def test_the_longest_text(longest: int) -> None:
    """
    A text is as long as it may be, and not longer; a short one is whole.
    """
    hidden = Placeholders()
    assert hidden.hide("so " * 1_000, longest=longest) == ("so " * 1_000)[:longest]
    assert hidden.hide("so", longest=longest) == "so"[:longest]


@pytest.mark.parametrize("before", range(80, 101))
def test_a_limit_within_a_number(before: int) -> None:
    """
    Where a text is cut, no half of a number is left.
    """
    text = "x" * (before - 1) + f" {CARD} " + "so on " * 100
    assert "4111" not in Placeholders().hide(text, longest=100)


def test_queries_have_none() -> None:
    """
    What to look for is said without them.
    """
    assert without_placeholders("reset password of <EMAIL_1> now") == "reset password of now"


@pytest.mark.parametrize(
    "piece",
    [
        "password ",
        "password was reset to ",
        "api key token ",
        "4111 ",
        "1.",
        "1 ",
        "1 200 ",
        "a@b.",
        "-eyJ",
        "4111<b>",
        "password<b>",
        "bearer ",
        "order no. 123",
        "01.02.2024 ",
        "%40a",
        "a1b2c ",
        "<EMAIL_1> ",
    ],
)
@pytest.mark.timeout(20)
def test_time_grows_with_the_length_alone(piece: str) -> None:
    """
    The longest text is done in a moment, whatever it repeats.
    """
    text = (piece * 24_000)[:24_000]
    started = time.process_time()
    Placeholders().hide(text, longest=24_000)
    assert time.process_time() - started < 3


CARD_AND_CODE = [
    ("My card 5555 5555 5555 4444", "And the number you need is 737, thanks."),
    ("What is your CVC?", "It is 737."),
]


@pytest.mark.parametrize("parts", [*CARD_AND_CODE, *(p[::-1] for p in CARD_AND_CODE)])
def test_a_code_in_another_text_than_its_card(parts: tuple[str, str]) -> None:
    """
    The texts of a ticket belong together, whichever is first.
    """
    hidden = Placeholders(parts=(None, "", *parts))
    given = [hidden.hide(part, longest=100) for part in parts]
    assert "737" not in "".join(given)
    assert "<SECURITY_CODE_1>" in "".join(given)


def test_a_card_in_another_text_reaches_its_beginning_alone() -> None:
    """
    Of a long text the beginning is near, and a ticket without cards loses nothing.
    """
    far = f"{'so ' * 300}737"
    assert Placeholders(parts=(CARD, far)).hide(far, longest=2_000) == far
    warned = "Never tell anybody your CVC."
    long = f"I was charged twice and write to you about it the third time now: {490}"
    assert Placeholders(parts=(warned, long)).hide(long, longest=100) == long
    assert Placeholders(parts=("", None, "x")).hide("code 737", longest=100) == "code 737"


def test_a_piece_of_a_text_hides_what_the_whole_hid() -> None:
    """
    A row of a table does not tell that its cell is a password: the header did. Both have the same
    placeholder. A word that merely contains it is another one.
    """
    hidden = Placeholders()
    whole = hidden.hide("| user | password |\n|---|---|\n| anna | Blumentopf |", longest=200)
    assert "Blumentopf" not in whole
    row = hidden.hide_again("| anna | Blumentopf |", longest=200)
    assert "<PASSWORD_" in row
    assert row in whole
    assert "lumentopf" not in hidden.hide_again("It is  blumentopf.", longest=200)
    assert hidden.hide_again("My Blumentopfs are fine.", longest=200) == "My Blumentopfs are fine."
    assert "Blumentopf" in hidden.hide("| anna | Blumentopf |", longest=200)
