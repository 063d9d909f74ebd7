"""Versions and names have nothing that nobody sees."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from streams.definitions import policy_rules, taxonomy
from streams.definitions.policy_rules import load_policy
from streams.definitions.printable import unprintable_at
from streams.definitions.taxonomy import load_taxonomy
from streams.errors import ConfigurationError

UNSEEN = ["\x1b[2J", "\u202e", "\u200b", "\u2028", "\x00", "\ufeff", "\u00ad"]


@pytest.mark.parametrize("unseen", UNSEEN)
def test_where(unseen: str) -> None:
    """
    The first character that is not printed is found, unless it may be there.
    """
    assert unprintable_at(f"ab{unseen}") == 2
    assert unprintable_at("añ 🧑") is None
    assert unprintable_at("a\u200d\u200b", but="\u200d") == 2


@pytest.mark.parametrize("given", [*(f"a{unseen}" for unseen in UNSEEN), " ", "\u200b"])
@pytest.mark.parametrize("field", ["version", "name", "team", "subcategory"])
def test_a_taxonomy(field: str, given: str, tmp_path: Path) -> None:
    """
    Its version, and each name and team, is refused with its place and without its value.
    """
    value = yaml.safe_load(taxonomy.DEFAULT.read_text())
    last = value["categories"][-2]
    part = {"version": value, "subcategory": last["subcategories"][0]}.get(field, last)
    part["name" if field == "subcategory" else field] = given
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(value))

    with pytest.raises(ConfigurationError, match=r"not printed|is blank") as caught:
        load_taxonomy(file)

    assert field.replace("subcategory", "subcategories.0.name") in str(caught.value)
    assert not set(UNSEEN) & set(str(caught.value))


@pytest.mark.parametrize("given", [*(f"a{unseen}" for unseen in UNSEEN), " "])
def test_a_policy(given: str, tmp_path: Path) -> None:
    """
    Its version is refused, too.
    """
    value = yaml.safe_load(policy_rules.DEFAULT.read_text())
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(value | {"version": given}))

    with pytest.raises(ConfigurationError, match=r"version: .*(not printed|is blank)"):
        load_policy(file)


def test_names_of_all_languages(tmp_path: Path) -> None:
    """
    Names have the blanks and joiners of their script, and emoji.
    """
    value = yaml.safe_load(taxonomy.DEFAULT.read_text())
    names = ["Prix\u00a0: élevé", "می\u200cشود", "🧑\u200d💻", "請求\u3000書"]
    for category, name in zip(value["categories"], names, strict=False):
        if category["name"] != value["fallback"]:
            category["name"] = name
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(value))

    assert {category.name for category in load_taxonomy(file).categories} >= set(names)
