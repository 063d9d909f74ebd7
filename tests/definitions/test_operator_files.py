"""An operator's file is read whole, or it is said why not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from streams.definitions.operator_files import MOST_BYTES, MOST_SHOWN, Mistake, operator_text, told
from streams.errors import ConfigurationError


def test_what_is_no_file(tmp_path: Path) -> None:
    """
    A pipe, a folder, or nothing: said at once, without waiting for a writer.
    """
    os.mkfifo(tmp_path / "pipe")
    for name, reason in (("pipe", "is no file"), (".", "is no file"), ("no", "No such file")):
        with pytest.raises(ConfigurationError, match=reason):
            operator_text(tmp_path / name)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"a\nb\n\xff", "line 3: is not UTF-8: save it as UTF-8"),
        (b"#" * (MOST_BYTES + 1), "is larger than 4,000,000 bytes"),
    ],
)
def test_what_is_no_text(tmp_path: Path, content: bytes, reason: str) -> None:
    """
    Bytes that are no text, or too many of them, are refused.
    """
    (file := tmp_path / "mine").write_bytes(content)

    with pytest.raises(ConfigurationError, match=f"{file}.*{reason}"):
        operator_text(file)


def test_mistakes_are_told_by_their_order_in_the_file() -> None:
    """
    One is a sentence; several are a list, and of very many only the beginning is shown.
    """
    many = [Mistake(n, 1, "is wrong") for n in range(MOST_SHOWN + 2, 0, -1)]

    assert told(Path("mine"), many[-1:]) == "mine, line 1, column 1: is wrong"
    lines = told(Path("mine"), many).splitlines()
    assert lines[:2] == [f"mine: {len(many)} mistakes", "  line 1, column 1: is wrong"]
    assert lines[-1] == f"  and 2 more, from line {MOST_SHOWN + 1} on"
