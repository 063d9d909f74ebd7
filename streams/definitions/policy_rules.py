"""
The operator's policy: what a draft must not say, and which tickets a person takes over.

A YAML file; `defaults/policy.yaml` is used where the operator has none and documents the form.
Its patterns run in Rust's regex engine, which pydantic brings along and which takes linear time
on any text: no pattern of an operator's can stall a worker.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.triage import Priority, Sentiment, Signal
from streams.definitions.yaml_files import Definition, Part, load_yaml, mistake, named
from streams.text.patterns import finder
from streams.text.sentences import split

DEFAULT = Path(__file__).parent / "defaults" / "policy.yaml"

Effect = Literal["warning", "failed", "escalate", "refund_promise", "sla_mentioned"]
_Line = Annotated[str, Field(min_length=1, max_length=1_000)]


def _compiles(pattern: str) -> str:
    """Return *pattern*, or raise ValueError."""
    _try([pattern])
    return pattern


_Pattern = Annotated[_Line, AfterValidator(_compiles)]


class Rule(Part):
    """
    What must not stand in a draft, or what to know of the customer's message; applied to each
    sentence.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
    message: Annotated[_Line, Field(description="what the support agent reads")]
    effects: Annotated[tuple[Effect, ...], Field(min_length=1)]
    applies_to: Literal["draft", "reading"] = "draft"
    sentiments: Annotated[
        tuple[Sentiment, ...], Field(description="of the customer, if not any")
    ] = ()
    phrases: tuple[_Line, ...] = ()
    patterns: tuple[_Pattern, ...] = ()
    unless: tuple[_Pattern, ...] = ()

    @model_validator(mode="after")
    def _compiles_together(self) -> Self:
        if not self.phrases and not self.patterns:
            raise ValueError("give a phrase or a pattern")
        for field, patterns in (("patterns", self.all_patterns), ("unless", self.unless)):
            try:
                _try(patterns)
            except ValueError as error:
                raise mistake(f"all together: {error}", field) from None
        return self

    @property
    def all_patterns(self) -> tuple[str, ...]:
        """Return the patterns, phrases among them, one of which a sentence has to have."""
        return (*map(_phrase, self.phrases), *self.patterns)

    def applies(self, sentence: str) -> bool:
        """Return whether *sentence* has a phrase or pattern of the rule, and no exception."""
        return self._is_said(sentence) and not (self.unless and self._is_excepted(sentence))

    @cached_property
    def _is_said(self) -> Callable[[str], bool]:
        return _any_of(self.all_patterns)

    @cached_property
    def _is_excepted(self) -> Callable[[str], bool]:
        return _any_of(self.unless)


class Escalate(Part):
    """Which tickets a person takes over, whatever the draft says."""

    categories: tuple[str, ...] = ()
    priorities: tuple[Priority, ...] = ("P1",)
    sentiments: tuple[Sentiment, ...] = ()
    signals: tuple[Signal, ...] = ("legal_threat", "security_report", "injection")


class Policy(Definition):
    """The user's rules and limits."""

    version: _Line
    min_confidence: Annotated[float, Field(ge=0, le=1)] = 0.5
    min_evidence: Annotated[float, Field(ge=0, le=1)] = 0.5
    escalate: Escalate = Escalate()
    rules: tuple[Rule, ...] = ()

    @classmethod
    def across(cls, given: Mapping[str, Any]) -> Iterator[PydanticCustomError]:
        """Yield the second rule of an id."""
        ids: set[str] = set()
        for n, rule_id in named(given, "rules", "id"):
            if rule_id in ids:
                yield mistake("two rules have one id", "rules", n, "id")
            ids.add(rule_id)

    def objections(self, text: str, of: str, feels: str) -> Iterator[Rule]:
        """
        Yield the rules that apply to a sentence of *text*.

        Args:
            of: what *text* is: `draft` or `reading`.
            feels: the customer's sentiment.
        """
        sentences = list(filter(self._may_object[of], map(str.strip, split(text))))
        for rule in self.rules if sentences else ():
            meant = rule.applies_to == of and (not rule.sentiments or feels in rule.sentiments)
            if meant and any(rule.applies(sentence) for sentence in sentences):
                yield rule

    @cached_property
    def _may_object(self) -> dict[str, Callable[[str], bool]]:
        """
        Return what tells whether any rule could apply to a sentence: most say nothing that
        interests one, and so are asked about once instead of by every rule.
        """
        return {of: _any_rule([r for r in self.rules if r.applies_to == of]) for of in _TEXTS}


_TEXTS = ("draft", "reading")
_MOST_COMBINED = 4_000
"""Characters of patterns that are combined into one; 5,400 took 77 MB on non-ASCII text."""


def _any_rule(rules: Sequence[Rule]) -> Callable[[str], bool]:
    """Return what tells whether a text has a pattern of any of *rules*."""
    patterns = [pattern for rule in rules for pattern in rule.all_patterns]
    if not patterns:
        return lambda text: False
    if sum(map(len, patterns)) > _MOST_COMBINED:
        return lambda text: True  # every rule is asked
    try:
        return _any_of(patterns)
    except ValueError:  # too large together
        return lambda text: True


def load_policy(path: Path | None = None) -> Policy:
    """
    Return the policy in the file at *path*, or the default one.

    Raises:
        ConfigurationError: The file does not hold a policy; file, line and field are named.
    """
    return load_yaml(path or DEFAULT, Policy)


# Patterns.


def _any_of(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Return what tells whether one of *patterns* is in a text; ValueError as `finder`."""
    if len(patterns) == 1:
        return finder(f"(?i){patterns[0]}")
    return finder("(?i)" + "|".join(f"(?:{pattern})" for pattern in patterns))


def _phrase(words: str) -> str:
    """Return *words* as a pattern: whole words where its script puts spaces between them."""
    before = r"(?:^|\W)" if _is_word(words[0]) else ""
    after = r"(?:\W|$)" if _is_word(words[-1]) else ""
    return before + r"\s+".join(re.escape(w) for w in words.split()) + after


def _is_word(character: str) -> bool:
    return character.isalnum() and ord(character) < 0x2E80  # CJK has no spaces


def _try(patterns: Sequence[str]) -> None:
    try:
        _any_of(patterns)
    except ValueError as error:
        raise ValueError(f"is not a pattern of Rust's regex: {error}") from None
