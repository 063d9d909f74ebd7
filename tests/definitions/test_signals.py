"""The wordings of signals: their file, and what is wrong with one."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
import yaml

from schemas.triage import Signal
from streams.definitions.signals import DEFAULT, SignalWordings, load_signals
from streams.definitions.yaml_files import load_yaml
from streams.errors import ConfigurationError

GOOD = """\
terms:
  service: [site, app]
signals:
  outage:
    says:
      en:
        - "{service} (?:is )?down"
        - outage
      de:
        - ausfall
    unless_before:
      en: ["no "]
    unless_near:
      en: [yesterday]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return where a file of wordings may be."""
    return tmp_path / "signals.yaml"


def said(file: Path, content: str) -> str:
    """Return what is said of *content*."""
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_signals(file)
    return str(caught.value)


def test_the_default_words_every_signal_but_card_numbers() -> None:
    """
    All signals are told by words, in several languages, but for the one with check digits.
    """
    wordings = load_yaml(DEFAULT, SignalWordings)

    assert set(wordings.signals) == set(get_args(Signal)) - {"card_number"}
    assert all({"en", "de", "fr", "es"} <= set(w.says) for w in wordings.signals.values())


def test_no_alternative_stands_twice() -> None:
    """
    One language has each of its alternatives once.
    """
    for wording in load_yaml(DEFAULT, SignalWordings).signals.values():
        for lines in wording.says.values():
            assert len(lines) == len(set(lines))


def test_every_term_is_used() -> None:
    """
    No term is left of an alternative that has gone.
    """
    found = yaml.safe_load(DEFAULT.read_text(encoding="utf-8"))

    assert not [term for term in found["terms"] if f"{{{term}}}" not in str(found["signals"])]


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("The app is down", True),
        ("Totaler Ausfall", True),
        ("There is no outage", False),
        ("The outage of yesterday", False),
        ("The door is down", False),
    ],
)
def test_the_users_wordings_apply(file: Path, text: str, given: bool) -> None:
    """
    Alternatives of all languages, their terms, and what takes them back are as the file says.
    """
    file.write_text(GOOD, encoding="utf-8")

    assert load_signals(file).given(text) == (("outage",) if given else ())


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("- outage", "- (outage", "line 8, column 11: signals.outage.says.en.1: is not a pattern"),
        (
            "- outage",
            "- (?=a)b",
            "signals.outage.says.en.1: is not a pattern of Rust's regex: look",
        ),
        ("- outage", r"- '\z'", "signals.outage.says.en.1: is not a pattern of Python's re"),
        ("- outage", "- Outage", "signals.outage.says.en.1: has a capital letter"),
        ("- outage", "- '{servize}'", "signals.outage.says.en.1: no such term: servize"),
        ("[site, app]", "['(', app]", "line 2, column 13: terms.service.0: is not a pattern"),
        ("outage:", "outrage:", "signals.outrage"),
        ("      de:", "      German:", "signals.outage.says.German"),
        ("says:", "say:", "did you mean says?"),
    ],
)
def test_a_mistake_has_a_line(file: Path, old: str, new: str, reason: str) -> None:
    """
    Whatever is wrong with a wording, its line and its place are named.
    """
    assert old in GOOD

    assert reason in said(file, GOOD.replace(old, new, 1))


def test_a_term_that_is_broken_is_said_once(file: Path) -> None:
    """
    Alternatives that use a broken term are not blamed for it.
    """
    assert "mistakes" not in said(file, GOOD.replace("site", "'('"))


def test_all_mistakes_at_once(file: Path) -> None:
    """
    A pattern that is none is named beside fields that are wrong.
    """
    found = said(file, GOOD.replace("- outage", "- (outage").replace("- ausfall", "- ''"))

    assert found.startswith(f"{file}: 2 mistakes")
