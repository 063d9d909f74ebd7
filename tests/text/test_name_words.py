"""Words of names, and of claims where a name should stand."""

from __future__ import annotations

import pytest

from streams.text.name_words import is_claim, is_given_name, is_unspaced_name, parts_of


def test_parts() -> None:
    """
    A compound is taken apart at hyphens, apostrophes and capitals.
    """
    assert parts_of("Premium-ForEver") == ["Premium", "For", "Ever"]
    assert parts_of("O'Neill") == ["O", "Neill"]


@pytest.mark.parametrize(
    ("word", "claim"),
    [
        ("premium", True),
        ("Rückerstattung", True),
        ("illimité", True),
        ("возврата", True),
        ("استرداد", True),
        ("UpgradeNow", True),
        ("Seats-Stay", True),
        ("Marta", False),
        ("Freeman", False),
        ("Everett", False),
        ("Restituto", False),
        ("Волков", False),
    ],
)
def test_claims(word: str, claim: bool) -> None:
    """
    What is promised, owed or lost is known in many languages, and in compounds.
    """
    assert is_claim(word) is claim


def test_given_names() -> None:
    """
    Common given names are known in any case, each part of a double one.
    """
    assert is_given_name("marta")
    assert is_given_name("Anne-Marie")
    assert not is_given_name("larkspur")


@pytest.mark.parametrize(
    "name", ["王小明", "欧阳娜娜", "陳美玲", "田中太郎", "佐々木 さくら", "김민수", "남궁민수"]
)
def test_names_without_blanks(name: str) -> None:
    """
    A Chinese, Japanese or Korean name is a family name and a short given name.
    """
    assert is_unspaced_name(name)


@pytest.mark.parametrize(
    "text", ["您的退款已批准", "全额退款", "小明", "返金承認済み", "こんにちは", "무료이용권", "王"]
)
def test_texts_without_blanks(text: str) -> None:
    """
    Anything else without blanks is no name.
    """
    assert not is_unspaced_name(text)
