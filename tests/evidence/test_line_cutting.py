"""From the canonical text to lines."""

from __future__ import annotations

from streams.evidence.line_lengths import TARGET_WORDS
from tests.support.lined import lined, told


def test_each_kind_of_line() -> None:
    """
    A sentence, an entry, a step, a row and code are lines of their own.
    """
    listed = "One is. Two is.\n\n- item. More of it.\n\n1. step"
    body = f"{listed}\n\n|a|b|\n|-|-|\n|c|d|\n\n```\nx\n\ny\n```"

    assert told(body) == [
        ("sentence", "One is."),
        ("sentence", "Two is."),
        ("item", "item. More of it."),
        ("step", "step"),
        ("row", "c: b – d"),
        ("code", "x\n\ny"),
    ]


def test_a_row_has_its_cells_and_a_span_for_each() -> None:
    """
    Headers stand once in the text, and every row of theirs has their spans.
    """
    found = lined("| Plan | Size | Price |\n|-|-|-|\n| Free | 1 MB | – |\n| Team | | 9 USD |")
    free, team = found.lines

    assert free.cells == (("Plan", "Free"), ("Size", "1 MB"))
    assert [found.text[a:b] for a, b in free.spans] == ["Plan", "Free", "Size", "1 MB"]
    assert [found.text[a:b] for a, b in team.spans] == ["Plan", "Team", "Price", "9 USD"]
    assert free.spans[0] == team.spans[0]


def test_a_row_with_its_subject_alone_is_not_quoted() -> None:
    """
    A row whose further cells are empty says nothing.
    """
    found = lined("| Plan | Size |\n|-|-|\n| Free | – |\n| Team | 1 |")

    assert [line.quotable for line in found.lines] == [False, True]


def test_a_heading_with_nothing_under_it_is_no_claim() -> None:
    """
    Its words are not lost, and it is not quoted.
    """
    found = lined("# Title\n\n## A\n\nText.\n\n## Empty\n\n## B\n\nMore.")

    assert [(line.kind, line.text, line.quotable) for line in found.lines] == [
        ("sentence", "Text.", True),
        ("heading", "Empty", False),
        ("sentence", "More.", True),
    ]


def test_what_is_longer_than_a_chunk_is_cut() -> None:
    """
    An entry is cut into its sentences; pieces of one sentence are not quoted.
    """
    long = "It is so and so and so. " * 40
    found = lined(f"- {long}\n- short")
    assert {line.kind for line in found.lines[1:-1]} == {"sentence"}
    assert all(line.needs for line in found.lines[1:-1])

    pieces = lined("word " * 3 * TARGET_WORDS).lines
    assert len(pieces) == 3
    assert not any(line.quotable for line in pieces)


def test_a_row_that_no_chunk_holds_is_cut_into_sentences_that_are_not_quoted() -> None:
    """
    A value without its header would mislead.
    """
    found = lined(f"| Plan | Terms |\n|-|-|\n| Free | {'It is so. ' * 60} |")

    assert found.lines[0].text == "Free"
    assert not any(line.quotable for line in found.lines)


def test_without_rules_a_long_list_is_its_entries() -> None:
    """
    A list that no chunk holds is cut after all; each entry needs those before it.
    """
    found = lined("\n".join(f"{n}. {'ord ' * 20}" for n in range(1, 10)), locale="sv")

    assert [line.kind for line in found.lines] == ["step"] * 9
    assert all(n - 1 in line.needs for n, line in enumerate(found.lines[1:], start=2))
