"""
The operator's policy: what a draft must not say, and which tickets a person takes over.

A YAML file; `defaults/policy.yaml` is used where the operator has none and documents the form.
Its patterns run in Rust's regex engine, which pydantic brings along and which takes linear time
on any text: no pattern of an operator's can stall a worker.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.triage import Priority, Sentiment, Signal
from streams.definitions.printable import PrintedVersion
from streams.definitions.yaml_files import Definition, Part, load_yaml, mistake, named, shipped
from streams.text.patterns import Finder, finder, may_have
from streams.text.sentences import split

DEFAULT = Path(__file__).parent / "defaults" / "policy.yaml"

Effect = Literal["warning", "failed", "escalate", "refund_promise", "sla_mentioned"]
_LineLength = Field(min_length=1, max_length=1_000)
_Line = Annotated[str, _LineLength]


def _compiles(pattern: str) -> str:
    """Return *pattern*, or raise ValueError."""
    try:
        _finder(pattern)
    except ValueError as error:
        raise ValueError(f"is not a pattern of Rust's regex: {error}") from None
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
    lines: Annotated[
        bool, Field(description="also for sentences that are lines of articles, word for word")
    ] = False

    @model_validator(mode="after")
    def _is_told_by_something(self) -> Self:
        if not self.phrases and not self.patterns:
            raise ValueError("give a phrase or a pattern")
        return self

    @property
    def all_patterns(self) -> tuple[str, ...]:
        """Return the patterns, phrases among them, one of which a sentence has to have."""
        return (*map(_phrase, self.phrases), *self.patterns)

    def applies(self, sentences: Sequence[str]) -> bool:
        """Return whether one of *sentences* has a phrase or pattern of the rule, no exception."""
        says, excepts = self._finders
        return any(
            any(is_in(s) for is_in in says) and not any(is_in(s) for is_in in excepts)
            for s in sentences
        )

    def load_finders(self) -> None:
        """Compile the patterns now, which otherwise waits for the first text."""
        _ = self._finders

    @cached_property
    def _finders(self) -> tuple[list[Finder], list[Finder]]:
        """What tells that a sentence has a phrase or a pattern, and that it is let through."""
        return [*map(_finder, self.all_patterns)], [*map(_finder, self.unless)]


class Escalate(Part):
    """Which tickets a person takes over, whatever the draft says."""

    categories: tuple[str, ...] = ()
    priorities: tuple[Priority, ...] = ("P1",)
    sentiments: tuple[Sentiment, ...] = ()
    signals: tuple[Signal, ...] = ("legal_threat", "security_report", "injection")


class Policy(Definition):
    """The user's rules and limits."""

    version: Annotated[PrintedVersion, _LineLength]
    min_confidence: Annotated[float, Field(ge=0, le=1)] = 0.5
    min_evidence: Annotated[float, Field(ge=0, le=1)] = 0
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

    def load_finders(self) -> None:
        """Compile the patterns now, which otherwise waits for the first text."""
        _ = self._may_apply
        for rule in self.rules:
            rule.load_finders()

    @cached_property
    def _may_apply(self) -> dict[str, Finder]:
        """What tells in one look that no rule's phrase or pattern is in a text, by what it is."""
        patterns: dict[str, list[str]] = {}
        for rule in self.rules:
            patterns.setdefault(rule.applies_to, []).extend(rule.all_patterns)
        return {of: may_have(some, flags=_ANY_CASE) for of, some in patterns.items()}

    def objections(self, text: str, of: str, feels: str, *, lines: str = "") -> Iterator[Rule]:
        """
        Yield the rules that apply to a sentence of *text*.

        Args:
            of: what *text* is: `draft` or `reading`.
            feels: the customer's sentiment.
            lines: sentences of articles that the draft quotes, for the rules that read them.
        """
        may_apply = self._may_apply.get(of)
        own, quoted = (
            [s for s in map(str.strip, split(part)) if may_apply and may_apply(s)]
            for part in (text, lines)
        )
        for rule in self.rules if own or quoted else ():
            meant = rule.applies_to == of and (not rule.sentiments or feels in rule.sentiments)
            if meant and rule.applies([*own, *quoted] if rule.lines else own):
                yield rule


def load_policy(path: Path | None = None) -> Policy:
    """
    Return the policy in the file at *path*, or the default one.

    Raises:
        ConfigurationError: The file does not hold a policy; file, line and field are named.
    """
    return load_yaml(path, Policy) if path else shipped(DEFAULT, Policy)


# Patterns.


def _finder(pattern: str) -> Finder:
    """Return what tells whether *pattern*, in any case, is in a text; ValueError as `finder`."""
    return finder(f"{_ANY_CASE}{pattern}")


_ANY_CASE = "(?i)"


def _phrase(words: str) -> str:
    """Return *words* as a pattern: whole words where its script puts spaces between them."""
    before = r"(?:^|\W)" if _is_word(words[0]) else ""
    after = r"(?:\W|$)" if _is_word(words[-1]) else ""
    return before + r"\s+".join(re.escape(w) for w in words.split()) + after


def _is_word(character: str) -> bool:
    return character.isalnum() and ord(character) < 0x2E80  # CJK has no spaces
