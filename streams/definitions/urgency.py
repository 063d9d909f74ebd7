"""
The words by which the embedded classifier tells how a customer feels, and how urgent a ticket is.

A YAML file; `defaults/urgency.yaml` documents the form.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic_core import PydanticCustomError

from streams.definitions.alternatives import mistakes
from streams.definitions.yaml_files import Definition, load_yaml, shipped
from streams.reading.phrase_lists import PhraseList, Section, WordList

DEFAULT = Path(__file__).parent / "defaults" / "urgency.yaml"


class SentimentPhrases(Section):
    """Words of anger, of praise, and what weighs against either."""

    angry: PhraseList
    again: PhraseList
    pleased: PhraseList
    trouble: PhraseList
    negations: PhraseList
    acronym_words: WordList


class PriorityPhrases(Section):
    """Words that raise a ticket's priority, and what takes them back."""

    blocked_payment: PhraseList
    in_danger: PhraseList
    no_outage: PhraseList
    significant: PhraseList
    denying_words: WordList
    asks_how: PhraseList
    troubled: PhraseList


class Urgency(Definition):
    """All these words."""

    sentiment: SentimentPhrases
    priority: PriorityPhrases

    @classmethod
    def across(cls, given: Mapping[str, Any]) -> Iterator[PydanticCustomError]:
        """Yield what is no pattern."""
        yield from mistakes(given, *cls.model_fields)


def load_urgency(path: Path | None = None) -> Urgency:
    """
    Return the words in the file at *path*, or in the default one.

    Raises:
        ConfigurationError: The file does not hold them; file, line and field are named.
    """
    return load_yaml(path, Urgency) if path else shipped(DEFAULT, Urgency)
