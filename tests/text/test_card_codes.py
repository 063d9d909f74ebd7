"""Security codes and dates in a message with a card, or with the name of a code."""

from __future__ import annotations

import pytest

from streams.text.card_codes import CARD_REACH, NAME_REACH, around, code_names, numbers_within

CARD = "5555 5555 5555 4444"


def found(text: str) -> list[str]:
    """Return the numbers of *text* that may be a card's, in order, but not the card's own."""
    begin = text.find(CARD)
    cards = [(begin, begin + len(CARD))] if begin >= 0 else []
    places = sorted(numbers_within(text, around(cards, code_names(text))), key=_longer_first)
    apart = [p for n, p in enumerate(places) if not n or p[0] >= max(e for _, e in places[:n])]
    return [text[b:e] for b, e in apart if not any(x <= b < y for x, y in cards)]


def _longer_first(place: tuple[int, int]) -> tuple[int, int]:
    return place[0], -place[1]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (f"My card {CARD} (Jane Doe, valid 11/28), secret 737", ["11/28", "737"]),
        (f"my three-digit code is 737 and the card is {CARD}", ["737"]),
        (f"CVC code for it 737. Card {CARD}", ["737"]),
        (f"{CARD}, gültig bis 11/28, Kontrollnummer 737", ["11/28", "737"]),
        (f"{CARD} expire 11/28 crypto 737", ["11/28", "737"]),
        (f"{CARD}, Ms. Jane Doe-Smith, Nov 2028, 737", ["Nov 2028", "737"]),
        (f"{CARD} valid until November 28, 737", ["November 28", "737"]),
        (f"{CARD}, novembre 2028, 737", ["novembre 2028", "737"]),
        (f"{CARD} 安全码 737", ["737"]),
        (f"カード{CARD} セキュリティコード737です", ["737"]),
        (f"карта {CARD} код 737", ["737"]),
        (f"{CARD} 2028年11月 737", ["2028年11月", "737"]),
        (f"{CARD} Jane Doe 2028-11 code737", ["2028-11", "737"]),
        (f"{CARD} Jane 11/28/737", ["11/28", "737"]),
        (f"737 is what it says on the card {CARD}", ["737"]),
        (f"the code is seven three seven, the card {CARD}", ["seven three seven"]),
        (f"{CARD}\n\nbilling zip 90210\n\nJane\n\n7-3-7", ["7-3-7"]),
    ],
)
def test_near_a_card(text: str, codes: list[str]) -> None:
    """
    Whatever words stand between a card and its code, before it or behind it, the code is found.
    """
    assert found(text) == codes


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("CVC: 123", "123"),
        ("my cvv2 is 1234", "1234"),
        ("CVC  1 2 3", "1 2 3"),
        ("the three digits on the back are 987", "987"),
        ("Prüfnummer lautet 123", "123"),
        ("security code (of my card): 123", "123"),
        ('"cvc": 987', "987"),
        ('{"card_cvc": "987"}', "987"),
        ("cvv_code=987", "987"),
        ("cvc [987]", "987"),
        ("**CVV:** 987", "987"),
        ("CVC | 987", "987"),
        ("my CVV number was 987", "987"),
        ("CSC: 987", "987"),
        ("The cvc you asked for is 737.", "737"),
        ("c.v.c. 737", "737"),
        ("cvc (three digits) 737", "737"),
        ("the 3 digits at the back: 737", "737"),
        ("Mein CVC ist die 737", "737"),
        ("CVC steht hinten drauf: 737", "737"),
        ("le cvc c'est 737", "737"),
        ("CVV do cartão é 737", "737"),
        ("我的安全码是737", "737"),
        ("737 is the CVC", "737"),
        ("cvc737", "737"),
        ("cvc: 7.3.7", "7.3.7"),
        ("Auf der Rückseite meiner Karte steht 737", "737"),
        ("numéro au dos : 737", "737"),
        ("信用卡背面三码 737", "737"),
        ("the three numbers on the reverse: 737", "737"),
        ("My CVC: sieben drei sieben", "sieben drei sieben"),
    ],
)
def test_near_the_name_of_a_code(text: str, code: str) -> None:
    """
    Without a card's number the name tells, whatever stands between it and the code.
    """
    assert found(text) == [code]


@pytest.mark.parametrize(
    "text",
    [
        f"{CARD} was charged 490 EUR, $1200 and 980 dollars",
        f"{CARD} fails with error 402, error code 4013 and HTTP status 500",
        f"order no. 4711, invoice 4712, page 120: {CARD}",
        f"{CARD} was charged on 3 March 2026 and 2026-03-05, at 11:30",
        f"{CARD}: 250 users, 120 seconds, 1,234.56 in all, order 1234567",
        "The CVC field says error 402 on page 120",
        "CVC 12345, code 12, security code please",
    ],
)
def test_numbers_that_are_called_something_else(text: str) -> None:
    """
    Amounts, quantities, days and numbers of orders and errors are what a question is about.
    """
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "I was charged 490 on 12/26, code 737, Nov 2028",
        "My card ending in 4242 expires 11/28, what about order 4711?",
        "The CSV export stops at 1000",
        "Please verify 123 seven three seven",
    ],
)
def test_a_message_without_card_and_name(text: str) -> None:
    """
    It loses nothing.
    """
    assert found(text) == []


def test_what_is_far_away() -> None:
    """
    A number far from a card or a name is another one; one that begins nearby is found whole.
    """
    for begins, reach in ((CARD, CARD_REACH), ("CVC", NAME_REACH)):
        for gap in range(reach - 8, reach + 2):
            assert found(f"{begins}{'.' * gap}98765 ") == []
        assert found(f"{begins}{'.' * (reach - 2)} 737") == ["737"]
        assert found(f"{begins}{'.' * reach} 737") == []
        assert found(f"737 {'.' * reach}{begins}") == []
