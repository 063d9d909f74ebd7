"""A YAML text that knows where each of its parts stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.definitions.operator_files import Mistake
from streams.definitions.yaml_document import Document, FieldPath
from streams.errors import ConfigurationError

FILE = Path("mine.yaml")
TEXT = """\
version: 1
teams:
  - name: Finance
    since: 2026-01-01
  - name: yes
"""


@pytest.mark.parametrize(
    ("place", "line", "column"),
    [
        (("version",), 1, 1),
        (("teams",), 2, 1),
        (("teams", 0), 3, 5),
        (("teams", 0, "since"), 4, 5),
        (("teams", 0, "missing"), 3, 5),
        (("teams", 7, "name"), 2, 1),
        (("missing",), 1, 1),
    ],
)
def test_where_a_part_stands(place: FieldPath, line: int, column: int) -> None:
    """
    A part stands where its key does; one that is not there, where the part around it stands.
    """
    mark = Document(FILE, TEXT).mark(place)

    assert (mark.line + 1, mark.column + 1) == (line, column)


def test_plain_words_that_are_no_text() -> None:
    """
    What only quotes would make text is known, so that a message can say so.
    """
    document = Document(FILE, TEXT)
    odd = [("version",), ("teams", 0, "since"), ("teams", 1, "name")]

    assert all(document.is_text_by_quotes_only(place) for place in odd)
    assert not document.is_text_by_quotes_only(("teams", 0, "name"))


def test_mistakes_of_form_are_gathered() -> None:
    """
    Keys that repeat or are no text, and impossible values: each has a line, and the rest is read.
    """
    document = Document(FILE, "a: x\nb: 2026-13-45\n1: y\na: z\nc: fine\n")

    assert document.value == {"a": "x", "b": None, "c": "fine"}
    assert sorted(map(str, document.mistakes)) == [
        "line 2, column 4: is no value that exists: put it in quotes if it is text",
        "line 3, column 1: a key that is not text: put it in quotes if it is meant",
        "line 4, column 1: a: is already given in line 1",
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "mine.yaml: is empty"),
        ("a: [x", "mine.yaml, line 1, column 6: expected"),
        ("a:\n\tb: c", "mine.yaml, line 2, column 1: a tab: indent by spaces"),
        ("a: x\n---\nb: y", "mine.yaml, line 2, column 1: a second document begins"),
        ("a: \x07", "mine.yaml, line 1: has a control character"),
        ("[" * 10_000, "mine.yaml: is nested too deeply"),
    ],
)
def test_what_is_no_yaml(text: str, reason: str) -> None:
    """
    A text that cannot be read at all is one fault, with its file and line.
    """
    with pytest.raises(ConfigurationError) as caught:
        Document(FILE, text)

    assert str(caught.value).startswith(reason)


def test_a_mistake_is_a_line_of_a_report() -> None:
    """
    Lines and columns count from one.
    """
    mark = Document(FILE, TEXT).mark(("teams", 1))

    assert str(Mistake.marked(mark, "is wrong")) == "line 5, column 5: is wrong"
