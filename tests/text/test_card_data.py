"""Card numbers in all spacings, and the codes beside them."""

from __future__ import annotations

from random import Random

import pytest

from streams.text import card_data
from streams.text.card_data import card_numbers, codes_beside
from streams.text.personal_data import is_card_number

CARD = "4111 1111 1111 1111"


def numbers(text: str) -> set[str]:
    """Return the card numbers in *text*."""
    return {text[begin:end] for begin, end in card_numbers(text)}


@pytest.mark.parametrize(
    "card",
    [
        "4111111111111111",
        CARD,
        "4111-1111-1111-1111",
        "4111.1111.1111.1111",
        "4111  1111\n1111\n1111",
        "4111&nbsp;1111&nbsp;1111&nbsp;1111",
        "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        "41 11 11 11 11 11 11 11",
        "3782 822463 10005",
    ],
)
@pytest.mark.parametrize("around", ["{}", "card{}x", "12 {} 12/26 123", "({})", "{}/{}"])
def test_a_number_in_any_spacing(card: str, around: str) -> None:
    """
    It is found alone and among other numbers.
    """
    assert card in numbers(around.format(card, card))


@pytest.mark.parametrize(
    "gap",
    [":", ": ", "; ", "\\", "=", "+", "~", "·", " • ", "|", "] [", ") (", '" "', "** **", "\n> "],
)
def test_any_sign_between_groups(gap: str) -> None:
    """
    Four groups of four are found whatever people and mail programs put between them.
    """
    card = gap.join(CARD.split())
    assert numbers(f'"{card}"') == {card}


@pytest.mark.parametrize(
    "text",
    [
        "Invoices 10234, 10235, 10236, 10237, 10238, 10239",
        "Invoices 10237, 10238, 10239",
        "1023743, 1023744",
        "amounts 1,234.56 2,345.67 3,456.78 and 4,567.89 EUR",
        "IDs 100234 100235 100236 100237 100238 100239 100240",
        *(f"2024-01-05 10:30:{n}" for n in range(10, 60)),
        *(f"05.01.2024 {n} 1030" for n in range(10, 60)),
        *(f"{n}, {n + 1}, {n + 2}" for n in range(10_200, 10_260)),
    ],
)
def test_lists_dates_and_amounts(text: str) -> None:
    """
    Numbers that are none together stay as they are, though their digits would do.
    """
    assert numbers(text) == set()


@pytest.mark.parametrize(
    "text", ["4111 1111 1111 1112", "1234567890", "2026-03-01 12:30", "0000 0000 0000 0000"]
)
def test_what_is_none(text: str) -> None:
    """
    Its check digit tells.
    """
    assert numbers(text) == set()


@pytest.mark.parametrize("seed", range(40))
def test_every_place_is_judged(seed: int) -> None:
    """
    Among numbers of any length, script and spacing, each that passes `is_card_number` is found.
    """
    random = Random(seed)  # noqa: S311
    gaps = random.sample([" ", "-", ", ", ". ", "&#160;", "%20", "<br>", " : ", "x", "4", "0"], 3)
    digits = random.choice(["0123456789", "01", "0", "0123456789٠١٢٣", "42"])
    text = "".join(
        "".join(random.choices(digits, k=random.choice([1, 2, 4, 4, 4, 5, 6, 16])))
        + random.choice(gaps)
        for _ in range(300)
    )
    places = dict.fromkeys(
        match.span(1)
        for pattern in (card_data._RUN, card_data._GROUPS)
        for match in pattern.finditer(text)
    )
    assert [*card_numbers(text)] == [p for p in places if is_card_number(text[slice(*p)])]


@pytest.mark.parametrize("numbers", ["{0:.1} ", "{0:.2} ", "{0:.4}, ", "0 "])
def test_a_long_list_of_numbers_is_cheap(numbers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A number may begin at each of them; only those whose digits pass the check are looked at.
    """
    judged: list[str] = []
    monkeypatch.setattr(card_data, "is_card_number", judged.append)
    random = Random(0)  # noqa: S311
    text = "".join(numbers.format(str(random.randrange(1_000, 9_999))) for _ in range(5_000))
    assert [*card_numbers(text)] == []
    assert len(judged) < 1_200


@pytest.mark.parametrize(
    ("behind", "codes"),
    [
        (" 123", ["123"]),
        (" 12/26 123", ["12/26 123"]),
        (", exp. 12/2026, CVC 123", ["12/2026", "123"]),
        (" and the security code is 1 2 3", ["1 2 3"]),
        (" belongs to Anna Smith, expires 12/27, code 987", ["987"]),
        (" ANNA SMITH 12/27 987", ["987"]),
        (" was charged 2 times for 490 EUR", []),
        (" is refused on page 3 with error code 402", []),
        (", 2 charges of 490", []),
        ("", []),
    ],
)
def test_what_stands_behind_a_number(behind: str, codes: list[str]) -> None:
    """
    A code needs no name there; where words follow, a number is another one.
    """
    text = CARD + behind
    assert [text[b:e] for b, e in codes_beside(text, (0, len(CARD)))] == codes


@pytest.mark.parametrize("between", [" / ", ", ", "/", " | ", "; card: "])
def test_what_stands_before_a_number(between: str) -> None:
    """
    So does a code right before a number.
    """
    text = f"987{between}{CARD}"
    assert [text[b:e] for b, e in codes_beside(text, (len(text) - len(CARD), len(text)))] == ["987"]
