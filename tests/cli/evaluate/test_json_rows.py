"""Rows from files of JSON and JSON Lines, and from folders of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.cli.evaluate.json_rows import BrokenRow, InputRow, misspelt, rows_at
from streams.errors import ConfigurationError


def test_all_files_of_a_folder(tmp_path: Path) -> None:
    """
    A folder's files are read by name, also below; hidden ones and other forms are not.
    """
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.json").write_text('{"n": 1}')
    (tmp_path / "b.jsonl").write_text('\ufeff{"n": 2}\n\n{"n": 3}\n')
    (tmp_path / "deep" / "c.json").write_text('[{"n": 4}, {"n": 5}]')
    (tmp_path / ".d.json").write_text('{"n": 6}')
    (tmp_path / "README.md").write_text("# Notes")

    rows = list(rows_at(tmp_path))

    assert [row.fields["n"] for row in rows if isinstance(row, InputRow)] == [1, 2, 3, 4, 5]
    names = [row.name for row in rows if isinstance(row, InputRow)]
    assert names == ["a", "b-1", "b-3", "c-1", "c-2"]


@pytest.mark.parametrize("content", ["{", "[1]", "12", '"text"', "\x00", "\ud800"])
def test_what_is_no_row_is_told(content: str, tmp_path: Path) -> None:
    """
    A line that is no JSON object is named by file and line, and the next one is read.
    """
    file = tmp_path / "x.jsonl"
    file.write_text(content + '\n{"n": 1}\n', errors="surrogatepass")

    broken, row = rows_at(file)

    assert str(broken) == f"{file}, line 1: it is not a JSON object"
    assert isinstance(broken, BrokenRow)
    assert isinstance(row, InputRow)


def test_nothing_to_read(tmp_path: Path) -> None:
    """
    A folder without JSON, and a file that cannot be read, are errors with the path.
    """
    with pytest.raises(ConfigurationError, match=r"no file that ends in \.json"):
        list(rows_at(tmp_path))
    with pytest.raises(ConfigurationError, match=r"cannot be read \(No such file"):
        list(rows_at(tmp_path / "x.json"))


def test_misspelt_fields() -> None:
    """
    A field that is nearly a known one is told; one that is nothing like it is a note.
    """
    known = ("must", "answered_by")

    assert misspelt(["answerd_by"], known) == "answerd_by: unknown; did you mean answered_by?"
    assert misspelt(["answered_by", "note"], known) is None
