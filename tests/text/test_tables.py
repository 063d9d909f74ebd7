"""Tables of words: each is whole."""

from __future__ import annotations

from importlib.resources import files

import pytest

from streams.definitions import phrases, urgency
from streams.definitions.yaml_files import load_yaml
from streams.reading.phrase_lists import Section
from streams.text import language, numbers, passwords, person_names, tables
from streams.text.tables import table, words_of

TABLES = [
    "alternatives",
    "amounts",
    "asked",
    "assist",
    "card_codes",
    "dates",
    "decoys",
    "earlier",
    "lacking",
    "line_rules",
    "name_words",
    "numbers",
    "passwords",
    "person_names",
    "plan_names",
    "pleasantries",
    "quantities",
    "quotable",
    "restrictions",
    "rows",
    "snapping",
    "tried",
    "verification",
    "voice_claims",
]
LANGUAGES = {"de", "fr", "es", "it", "nl", "pt"}


@pytest.mark.parametrize("name", TABLES)
def test_every_table_has_text_alone(name: str) -> None:
    """
    No word of a table is taken by YAML for a number, a truth or nothing.
    """

    def values(part: object) -> list[object]:
        parts = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
        inner = [value for one in parts for value in values(one)]
        return inner + (list(part) if isinstance(part, dict) else []) if parts else [part]

    assert all(isinstance(value, str) and value for value in values(table(name)))


def test_no_table_is_unread() -> None:
    """
    Each file has the name of the module that reads it.
    """
    named = {
        file.name.removesuffix(".yaml") for file in files(tables).iterdir() if ".yaml" in file.name
    }

    assert named == set(TABLES)


def test_numbers_from_zero_to_twenty() -> None:
    """
    A language whose number words we know has 21, a word or a dash for each.
    """
    known = table("numbers")

    assert {len(spelled.split()) for spelled in known["spelled"].values()} == {21}
    assert known["spelled"].keys() == known["between"].keys() == {"en", *LANGUAGES}


def test_every_word_that_is_looked_for_is_casefolded() -> None:
    """
    Text is casefolded before a word of a list is looked for in it; so is each word of each list.
    """
    loaded = (load_yaml(phrases.DEFAULT, phrases.PhraseFile), urgency.load_urgency())
    sections = [part for file in loaded for _, part in file if isinstance(part, Section)]
    lists = {
        name: [word for some in given.values() for word in some]
        for section in sections
        for name, given in section
        if any(isinstance(some, frozenset) for some in given.values())
    }
    lists |= {
        f"{module.__name__}.{name}": list(held)
        for module in (language, numbers, passwords, person_names)
        for name, held in vars(module).items()
        if isinstance(held, frozenset | dict) and name.startswith("_") and name.isupper()
    }

    assert {"kind_words", "denying_words", "contentless_words", "acronym_words"} <= lists.keys()
    assert {"streams.text.person_names._NO_NAMES", "streams.text.numbers._SIGNS"} <= lists.keys()
    wrong = {name: [w for w in held if w != w.casefold()] for name, held in lists.items()}
    assert not {name: words for name, words in wrong.items() if words}


def test_no_word_is_and_is_no_name() -> None:
    """
    A word that makes a text no name is neither a title nor a name.
    """
    known = table("person_names")
    titles = frozenset().union(*(words_of(some) for some in known["titles"].values()))
    no_names = words_of(known["no_names"]) | words_of(known["abuse"])

    assert not no_names & (
        titles | set(known["also_names"].split()) | set(known["particles"].split())
    )
