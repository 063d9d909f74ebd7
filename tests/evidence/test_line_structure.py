"""What lines need by the form of the article."""

from __future__ import annotations

from streams.evidence.line_places import placed_lines
from streams.evidence.line_structure import MOST_ANNOUNCED, announcing, table_groups
from tests.support.lined import lined, needed, the_line, with_all


def test_an_entry_brings_its_lead_in_and_the_whole_list() -> None:
    """
    "All of these must be true:" is not told without all of these.
    """
    article = lined("Text.\n\nAll of these must be true:\n\n- A is.\n- B is.\n\nMore.")

    assert with_all(article, "B is.") == ["All of these must be true:", "A is.", "B is."]


def test_a_long_list_is_told_in_parts() -> None:
    """
    One of many codes is told with its lead-in alone.
    """
    items = "\n".join(f"- code {n}" for n in range(MOST_ANNOUNCED + 1))
    article = lined(f"The codes are:\n\n{items}")

    assert with_all(article, "code 7") == ["The codes are:", "code 7"]


def test_a_step_brings_all_steps_before_it() -> None:
    """
    Steps are told from the first on, with what stands inside of them.
    """
    article = lined("1. Open.\n2. Enter:\n   - name\n   - date\n\n   Then wait.\n3. Save.\n4. Go.")

    assert with_all(article, "Save.") == ["Open.", "Enter:", "name", "date", "Then wait.", "Save."]
    assert with_all(article, "Open.") == ["Open."]


def test_steps_go_on_after_a_break() -> None:
    """
    A picture or a remark between two steps does not make two procedures.
    """
    article = lined("1. Open.\n\nYou see a page.\n\n2. Save.")

    assert with_all(article, "Save.") == ["Open.", "You see a page.", "Save."]


def test_an_inner_entry_needs_the_outer_one() -> None:
    """
    Entries of entries are not told alone.
    """
    article = lined("- On a phone\n  - tap it\n- On the web\n  - click it")

    assert needed(article, "click it") == ["On the web"]


def test_code_needs_the_line_before_it() -> None:
    """
    A command is not told without what it is for.
    """
    article = lined("To see them, run:\n\n```\nlist --all\n```")

    assert needed(article, "list") == ["To see them, run:"]
    assert needed(article, "To see") == ["list --all"]


def test_a_lead_in_brings_its_table_and_a_row_stands_alone() -> None:
    """
    A row is looked up; whoever announces a table shows it.
    """
    article = lined("An idea has one of these:\n\n|State|Meaning|\n|-|-|\n|New|Unread|\n|Old|Read|")

    assert len(with_all(article, "An idea")) == 3
    assert the_line(article, "New").needs == ()


def test_a_lead_in_is_told_by_its_colon() -> None:
    """
    Whatever the language, a colon announces.
    """
    assert announcing("Do this: ")
    assert announcing("做这个：")
    assert not announcing("Do this.")


def test_tables_are_apart() -> None:
    """
    The rows of each table are a group.
    """
    body = "|a|b|\n|-|-|\n|c|d|\n\nText.\n\n|e|f|\n|-|-|\n|g|h|\n|i|j|"

    assert [len(rows) for rows in table_groups(placed_lines(lined(body).cut))] == [1, 2]
