"""How a customer is greeted by the name that the publisher gave."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.text.person_names import english_greeting, names_of

_ALSO_WORDS = """
    Grace Will Mark Hope Rose May Jean Summer Ben Art Bill Jack Faith Joy Dawn Rob Pat Sue Dean
    Chase Grant Frank Ray Rich Nick Drew Miles Max Ruby Pearl Ivy Holly Daisy Heather Autumn
    April June August Angel Christian Clay Reed Gene Mercy Patience Sky Victor Van Li Wang Ming
    """.split()  # noqa: SIM905

_CLAIMS = (
    "您的退款已批准",
    "全额退款",
    "高级席位",
    "返金承認済み",
    "返金 承認済み",
    "전액환불",
    "возврат одобрен",
    "Возврат Одобрен",
    "استرداد كامل",
    "คืนเงินแล้ว",
    "rückerstattung genehmigt",
    "Rückerstattung Genehmigt",
    "Premium-Seats-Stay-Free",
    "Gold-Status",
    "ReallyFree ForEver",
    "freeforever",
    "premium forever",
    "seats stay",
    "marta, premium",
    "accès illimité",
    "Accès Illimité",
    "restituzione garantita",
    "toegang onbeperkt",
    "para iadesi",
    "Mr Lifetime-Free-Access",
    "Mrs Guaranteed Upgrade",
    "mr smith gets paid",
)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("Marta Lindqvist", "Hi Marta,"),
        ("Lindqvist, Marta", "Hi Marta,"),
        ("MARTA LINDQVIST", "Hi Marta,"),
        ("Callum", "Hi Callum,"),
        ("Dr. Sabine Vogt", "Hello Dr Vogt,"),
        ("J. Smith", "Hi J. Smith,"),
        ("Jean-Luc O'Neill", "Hi Jean-Luc,"),
        ("MRS ANNA SCHMIDT", "Hello Mrs Schmidt,"),
        ("Herr Müller", "Hello Mr Müller,"),
        ("Frau Ursula von der Leyen", "Hello Ms von der Leyen,"),
        ("ANNE-MARIE O'BRIEN", "Hi Anne-Marie,"),
        ("JÜRGEN MÜLLER", "Hi Jürgen,"),
        ("TJ Miller", "Hi TJ,"),
        ("Vincent van Gogh", "Hi Vincent,"),
        ("Jessica from RankRocket", "Hello,"),
        ("Your refund approved", "Hello,"),
        ("One Two Three Four Five", "Hello,"),
        ("please call me back", "Hello,"),
        ("Fuck", "Hello,"),
        ("Accounts", "Hello,"),
        ("Buchhaltung", "Hello,"),
        ("Congratulations", "Hello,"),
        ("Fifty Dollars Back", "Hello,"),
        ("Kill Yourself", "Hello,"),
        ("Hacked", "Hello,"),
        ("You Won", "Hello,"),
        ("Everything Vanished", "Hello,"),
        ("Dr Fraud", "Hello,"),
        *((f"{name} Example", f"Hi {name},") for name in _ALSO_WORDS),
        *((name, f"Hi {name},") for name in _ALSO_WORDS),
        ("Nordvik AB", "Hello,"),
        ("Mrs", "Hello,"),
        ("يوسف الحداد", "Hi يوسف,"),
        ("田中 太郎", "Hi 田中 太郎,"),
        ("김민수", "Hi 김민수,"),
        ("欧阳娜娜", "Hi 欧阳娜娜,"),
        ("ნინო ბერიძე", "Hi ნინო,"),
        ("marta lindqvist", "Hi Marta,"),
        ("lindqvist, marta", "Hi Marta,"),
        ("anne-marie", "Hi Anne-Marie,"),
        ("van Gogh", "Hi van Gogh,"),
        *((claim, "Hello,") for claim in _CLAIMS),
        ("Zoë Lambert", "Hi Zoë,"),
        ("admin", "Hello,"),
        ("Scheiße", "Hello,"),
        ("Anna Groß", "Hi Anna,"),
        ("12345", "Hello,"),
        ("x" * 61, "Hello,"),
    ],
)
def test_greeting(name: str, line: str) -> None:
    """
    A first name is used where the name looks like one and a last name, a title with the family
    name, else all of it; what is no person's name is not repeated.
    """
    assert english_greeting(name) == line


@given(st.text(max_size=40))
def test_greeting_is_one_plain_line(name: str) -> None:
    """
    Whatever the name, the greeting is one line, and cites and links nothing.
    """
    line = english_greeting(name)

    assert len(line.splitlines()) == 1
    assert not re.search(r"[\[\]<>(){}|*_#`/\\@:]", line)


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("Marta Vogt", ("Marta", "Marta Vogt")),
        ("VOGT, MARTA", ("Marta", "MARTA VOGT", "Marta Vogt")),
        ("premium forever", ()),
        (None, ()),
    ],
)
def test_names(name: str | None, names: tuple[str, ...]) -> None:
    """
    A customer is called by the first name or by the whole one, or not at all.
    """
    assert names_of(name) == names
