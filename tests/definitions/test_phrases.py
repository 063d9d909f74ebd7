"""The words that a message is read by: their file, and what is wrong with one."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from schemas import IncomingTicket
from streams.definitions.phrases import DEFAULT, PhraseFile, load_phrases
from streams.definitions.yaml_files import load_yaml
from streams.errors import ConfigurationError
from streams.reading.message import read_message
from tests.support.readings import SIGNALS

GOOD = DEFAULT.read_text(encoding="utf-8")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return where a file of phrases may be."""
    return tmp_path / "phrases.yaml"


def test_no_alternative_stands_twice() -> None:
    """
    One language has each of its alternatives and words once.
    """
    for section in yaml.safe_load(GOOD).values():
        for lists in (some for some in section.values() if isinstance(some, dict)):
            for given in lists.values():
                lines = given.split() if isinstance(given, str) else given
                assert len(lines) == len(set(lines)), lines


def test_every_term_is_used() -> None:
    """
    No term is left of an alternative that has gone.
    """
    terms = load_yaml(DEFAULT, PhraseFile).terms

    assert not [term for term in terms if f"{{{term}}}" not in GOOD]


def test_several_languages_have_each_step() -> None:
    """
    Every step of reading knows phrases of the languages that most customers write in.
    """
    for name, section in yaml.safe_load(GOOD).items():
        if name != "terms":
            assert {"en", "de", "fr", "es"} <= {
                language for some in section.values() for language in some
            }


def test_another_language_is_added_in_the_file_alone(file: Path) -> None:
    """
    Who adds the phrases of a language to a file has its messages read by them.
    """
    file.write_text(
        GOOD.replace("  says:\n", "  says:\n    hu: [köszönöm]\n")
        .replace("  kind_words:\n", "  kind_words:\n    hu: köszönöm szépen\n")
        .replace("  wrote:\n", "  wrote:\n    hu: [írta]\n"),
        encoding="utf-8",
    )
    phrases = load_phrases(file, told=SIGNALS)
    mail = "Köszönöm szépen!\n\nOn 2026. 11. 30. Ada <a@b.example> írta:\n> Kész."
    asked = IncomingTicket(ticket_id="1", raw_message=mail)

    reading = read_message(asked, phrases=phrases)

    assert (reading.text, reading.kind) == ("Köszönöm szépen!", "thanks")
    assert read_message(asked, phrases=load_phrases(told=SIGNALS)).kind == "question"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("- fwd?", "- (fwd", "subject.forwarded.en.0: is not a pattern of Rust's regex: unclosed"),
        ("- fwd?", "- Fwd", "subject.forwarded.en.0: has a capital letter"),
        ("{went_wrong}", "{went_wong}", "kind.trouble.en.0: no such term: went_wong"),
        ("- out of (?:the )?office", "- '('", "terms.on_leave.0: is not a pattern"),
        ("de: hallo\n", "de: [hallo]\n", "thanks.calling_words.de: is not text: write the words"),
        ("  tags:", "  tag:", "subject.tag: no such field; did you mean tags?"),
        ("  tags:\n    en:", "  tags:\n    English:", "subject.tags.English"),
    ],
)
def test_a_mistake_has_a_line(file: Path, old: str, new: str, reason: str) -> None:
    """
    Whatever is wrong with a phrase, its line and its place are named.
    """
    file.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    assert old in GOOD

    with pytest.raises(ConfigurationError, match=r"line \d+, column \d+: ") as caught:
        load_phrases(file)

    assert reason in str(caught.value)
