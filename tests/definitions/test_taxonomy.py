"""The operator's taxonomy: what only several of its fields together show to be wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from streams.definitions.taxonomy import DEFAULT, Taxonomy, load_taxonomy
from tests.support.definition_files import mistakes_of

GOOD = DEFAULT.read_text(encoding="utf-8")


def _said(path: Path, *changes: tuple[str, str]) -> list[str]:
    """Return the mistakes of the default taxonomy after *changes*, a line each."""
    first, *others = mistakes_of(load_taxonomy, GOOD, path / "taxonomy.yaml", *changes)
    return [first.removeprefix(": "), *others]


def test_a_wrong_fallback_is_said_with_all_other_mistakes(tmp_path: Path) -> None:
    """
    A fallback that is no category's name is named beside mistakes of single fields.
    """
    heading, *mistakes = _said(
        tmp_path,
        ("fallback: Other", "fallback: Othr"),
        ("- name: Technical", "- name: Billing"),
        ("sla_hours: 4", "sla_hours: 0"),
    )

    assert heading == "3 mistakes"
    assert "fallback: is not the name of a category" in mistakes[0]
    assert "priorities.P1.sla_hours: " in mistakes[1]
    assert "categories.1.name: two categories have one name" in mistakes[2]


def test_a_mistake_is_not_said_of_what_follows_from_another(tmp_path: Path) -> None:
    """
    Where the name of a category is misspelt, the fallback may mean it, so nothing is said of that.
    """
    heading, *mistakes = _said(tmp_path, ("- name: Other\n", "- nam: Other\n"))

    assert heading == "2 mistakes"
    assert not any("fallback" in mistake for mistake in mistakes)


def test_a_wrong_fallback_is_said_while_a_category_has_no_name(tmp_path: Path) -> None:
    """
    That a category lacks a name does not hide that the fallback is no category's either.
    """
    for nameless in ("- nam: Technical\n    ", "- "):
        _, *mistakes = _said(
            tmp_path,
            ("fallback: Other", "fallback: Othr"),
            ("- name: Technical\n    ", nameless),
        )

        assert "fallback: is not the name of a category that has one" in mistakes[0]
        assert any("categories.1.name: Field required" in mistake for mistake in mistakes)


def test_a_taxonomy_that_is_made_in_code_is_whole_too() -> None:
    """
    The checks across fields do not depend on where a taxonomy comes from.
    """
    made = load_taxonomy().model_dump()

    with pytest.raises(ValidationError, match="is not the name of a category"):
        Taxonomy.model_validate({**made, "fallback": "Nothing"})
