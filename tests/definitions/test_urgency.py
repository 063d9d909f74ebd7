"""The words of sentiment and priority: their file, and what is wrong with one."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from schemas import IncomingTicket, Reading
from streams.backends.embedded.classifier import EmbeddedClassifier
from streams.definitions.taxonomy import load_taxonomy
from streams.definitions.urgency import DEFAULT, load_urgency
from streams.errors import ConfigurationError

GOOD = DEFAULT.read_text(encoding="utf-8")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return where a file of such words may be."""
    return tmp_path / "urgency.yaml"


def test_no_alternative_stands_twice() -> None:
    """
    One language has each of its alternatives and words once.
    """
    for section in yaml.safe_load(GOOD).values():
        for given in (some for lists in section.values() for some in lists.values()):
            lines = given.split() if isinstance(given, str) else given
            assert len(lines) == len(set(lines)), lines


async def test_another_language_is_added_in_the_file_alone(file: Path) -> None:
    """
    A classifier that is given a file goes by its words.
    """
    added = GOOD.replace("  angry:\n", "  angry:\n    hu: [felháborító]\n")
    file.write_text(added, encoding="utf-8")
    text = "Ez felháborító"
    ticket, reading = IncomingTicket(ticket_id="1", raw_message=text), Reading(text=text)

    by_file = EmbeddedClassifier(load_taxonomy(), load_urgency(file))
    by_default = EmbeddedClassifier(load_taxonomy())

    assert (await by_file.classify(ticket, reading)).sentiment == "frustrated"
    assert (await by_default.classify(ticket, reading)).sentiment == "neutral"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("- furious", "- (furious", "sentiment.angry.en.11: is not a pattern of Rust's regex"),
        ("- furious", "- Furious", "sentiment.angry.en.11: has a capital letter"),
        ("no_outage:", "no_outrage:", "priority.no_outrage: no such field; did you mean no_out"),
    ],
)
def test_a_mistake_has_a_line(file: Path, old: str, new: str, reason: str) -> None:
    """
    Whatever is wrong with a word, its line and its place are named.
    """
    assert old in GOOD
    file.write_text(GOOD.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(ConfigurationError, match=r"line \d+, column \d+: ") as caught:
        load_urgency(file)

    assert reason in str(caught.value)
