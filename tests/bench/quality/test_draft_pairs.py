"""Pairs of drafts, as cases."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bench.quality.draft_pairs import cases_of_pairs

PAIR = {
    "id": "steps",
    "kind": "half of the steps",
    "asks": "How do I return it?",
    "lines": ["Open Orders", "Select"],
    "but": {"lines": ["Open Orders"]},
}
ARTICLE = {
    "id": "en-shop",
    "lang": "en",
    "title": "Returns",
    "text": "Return it\n\n1. Open Orders.\n2. Select Return.\nIt is free. Gifts are excluded.",
    "pairs": [PAIR],
}


def _written(folder: Path, *articles: object) -> Path:
    file = folder / "pairs.yaml"
    file.write_text(yaml.safe_dump(list(articles)))
    return file


def test_a_pair_is_two_cases_that_differ_in_one_thing(tmp_path: Path) -> None:
    """
    Both have the same ticket and passages; the second has what `but` says instead.
    """
    good, wrong = cases_of_pairs(_written(tmp_path, ARTICLE))

    assert (good.must, wrong.must) == ("passed", "not passed")
    assert good.answer.body == "1. Open Orders [en-shop].\n2. Select Return [en-shop]."
    assert wrong.answer.body == "1. Open Orders [en-shop]."
    assert good.ticket.raw_message == wrong.ticket.raw_message == "How do I return it?"


def test_another_article_of_the_language_is_shown_too(tmp_path: Path) -> None:
    """
    A passage beside the right one is of another article, not of another language.
    """
    other, german = {**ARTICLE, "id": "en-other"}, {**ARTICLE, "id": "de-shop", "lang": "de"}

    case = next(cases_of_pairs(_written(tmp_path, ARTICLE, german, other)))

    assert [passage.doc_id for passage in case.passages] == ["en-shop", "en-other"]


def test_a_line_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """
    Each beginning is that of exactly one line.
    """
    pair = {**PAIR, "lines": ["Nothing"]}

    with pytest.raises(ValueError, match="not enough values"):
        next(cases_of_pairs(_written(tmp_path, {**ARTICLE, "pairs": [pair]})))
