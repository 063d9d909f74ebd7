"""A terminal shows customers' text and does not obey it."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.cli import terminal

HOSTILE = "Z\x1b]2;PWNED\x07\x1b[2J\x1b[31m"
SHOWN = "Z\ufffd]2;PWNED\ufffd\ufffd[2J\ufffd[31m"
ORDER = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a person with a terminal of 40 columns read standard output."""
    monkeypatch.setattr(terminal, "is_read_by_person", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")


@given(st.text(st.sampled_from([*map(chr, range(0xA0)), *ORDER, "\u2028", "\u2029", "é", "字"])))
def test_plain_text_has_no_controls(text: str) -> None:
    """
    What is shown is one line without controls, as long as the text, all else as it was.
    """
    shown = terminal.plain(text)

    assert len(shown) == len(text)
    assert not {unicodedata.category(c) for c in shown} & {"Cc", "Zl", "Zp"}
    assert not set(shown) & set(ORDER)
    assert all(a == b or b in " \ufffd" for a, b in zip(text, shown, strict=True))
    assert all(a == b for a, b in zip(text, shown, strict=True) if a.isprintable())


def test_plain_text_stays() -> None:
    """
    Text in any script stays, emoji and joiners included; a line's end is a space.
    """
    text = "Größe 字 مرحبا 👩‍👩‍👧 [bold]x[/bold]"

    assert terminal.plain(text) == text
    assert terminal.plain("a\nb\u2028c\td") == "a b c d"


@pytest.mark.usefixtures("person")
def test_tables_and_lines_show_what_they_do_not_obey(capsys: pytest.CaptureFixture[str]) -> None:
    """
    No cell of a table or line gives the terminal a command.
    """
    terminal.show_rows([{"id": HOSTILE}], "Title")
    terminal.line([(HOSTILE, 30)], HOSTILE)
    said = capsys.readouterr().out

    assert "\x1b" not in said
    assert said.count(SHOWN) == 2


def test_notes_show_what_they_do_not_obey(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Notes and complaints keep their lines and give no command but the complaint's own red.
    """
    terminal.note(f"{HOSTILE}\nsecond")
    terminal.complain(HOSTILE)
    assert capsys.readouterr().err == f"{SHOWN}\nsecond\n{SHOWN}\n"

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    terminal.complain(HOSTILE)
    assert capsys.readouterr().err == f"\033[31m{SHOWN}\033[0m\n"


@pytest.mark.usefixtures("person")
def test_a_line_cuts_its_rest(capsys: pytest.CaptureFixture[str]) -> None:
    """
    A cell is cut to its width and the rest to the terminal's; cells alone are never cut by it.
    """
    terminal.line([("abcdef", 4), ("x", 3)], "word " * 20)
    terminal.line([("i" * 50, 50)], "rest")
    first, *second = capsys.readouterr().out.splitlines()

    assert first.startswith("abc…  x    word word")
    assert len(first) == 40
    assert first.endswith("…")
    assert "".join(second) == "i" * 50
    assert terminal.width_of("字\n") == 3


@pytest.mark.usefixtures("person")
@pytest.mark.parametrize(
    ("rest", "left"), [(11, ["a", "b", "c"]), (12, ["a", "c"]), (23, ["a", "c"]), (24, ["a"])]
)
def test_columns_that_a_terminal_has_room_for(rest: int, left: list[str]) -> None:
    """
    Columns are left out one after the other, until the rest has the room that it needs.
    """
    columns = {"a": 4, "b": 10, "c": 9}  # and two between each and the next

    assert list(terminal.fitting(columns, ("b", "c"), rest)) == left
