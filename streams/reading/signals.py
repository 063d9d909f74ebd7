"""
Finds in a customer's words what a person must know before answering.

Signals are made to be noticed, not to decide: one escalates, it never drops or answers a ticket.
How customers word them is data, `definitions/defaults/signals.yaml`; here is how it is applied:
to lower case (three times as fast as ignoring case), in time that grows with the length alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from schemas.triage import Signal
from streams.text.patterns import Pattern
from streams.text.personal_data import is_card_number

ORDER: tuple[Signal, ...] = get_args(Signal)
_CARD = re.compile(
    r"(?<![0-9])(?:[2-6][0-9]{12,18}|[2-6][0-9]{3}([ -])[0-9]{4}\1[0-9]{4}\1[0-9]{1,7}"
    r"|3[0-9]{3}([ -])[0-9]{6}\2[0-9]{5})(?![0-9])"
)
_LONG_NUMBER = Pattern(r"[0-9](?:[ -]?[0-9]){12}")
"""A quick test: every card number passes it, and few texts do."""
_CONSIDERED = 20_000
"""Characters at either end that are searched. Longer text has a log in between."""
_ZERO_WIDTH = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0xAD))


@dataclass(frozen=True)
class Wording:
    """
    How customers word one signal, in patterns over lower case, any of which gives it; but not
    right behind `unless_before`, nor near `unless_near`. What is `lasting` is not near anything:
    "yesterday" is over, "since yesterday" is not.
    """

    says: Pattern
    unless_before: Pattern | None = None
    unless_near: Pattern | None = None
    lasting: Pattern | None = None

    def is_in(self, text: str) -> bool:
        """Return whether *text*, in lower case, gives the signal."""
        if self.unless_before or self.unless_near:
            return any(not self._is_taken_back(text, match) for match in self.says.finditer(text))
        return self.says.is_in(text)

    def _is_taken_back(self, text: str, match: re.Match[str]) -> bool:
        """Return whether the sentence of *match* denies it, or speaks of the past or a plan."""
        start = max(text.rfind(mark, 0, match.start()) for mark in ".!?\n") + 1
        before = text[max(start, match.start() - _BEFORE) : match.start()]
        if self.unless_before and self.unless_before.is_in(before):
            return True
        around = text[max(start, match.start() - _NEAR) : match.end() + _NEAR // 2]
        return bool(self.unless_near and self.unless_near.is_in(self._over(around.split("\n")[0])))

    def _over(self, text: str) -> str:
        """Return *text* without what says that it lasts until now."""
        for match in self.lasting.finditer(text) if self.lasting else ():
            text = text.replace(match[0], " ")
        return text


_BEFORE, _NEAR = 40, 120
"""Characters before a match that may take it back; half of `_NEAR` also after it."""


class Signals:
    """What tells which signals a text gives."""

    def __init__(self, wordings: Mapping[Signal, Wording]) -> None:
        """
        Args:
            wordings: by signal, but for `card_number`, which is told by its check digit.
        """
        self.wordings = wordings

    def given(self, text: str, unseen: str = "") -> tuple[Signal, ...]:
        """
        Return the signals that *text* gives, in the order of `ORDER`.

        *unseen* (hidden in markup, or attached) can only be an injection or hold a card number.
        """
        plain = _ends(text).lower().replace("’", "'")
        machine = f"{plain}\n{_ends(unseen).lower()}".translate(_ZERO_WIDTH)
        found = {
            name
            for name, wording in self.wordings.items()
            if wording.is_in(machine if name == "injection" else plain)
        }
        if _has_card(machine):
            found.add("card_number")
        return tuple(name for name in ORDER if name in found)


def _ends(text: str) -> str:
    if len(text) <= 2 * _CONSIDERED:
        return text
    return f"{text[:_CONSIDERED]}\n{text[-_CONSIDERED:]}"


def _has_card(text: str) -> bool:
    return _LONG_NUMBER.is_in(text) and any(is_card_number(m[0]) for m in _CARD.finditer(text))
