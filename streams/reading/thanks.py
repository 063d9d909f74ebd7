"""
Tells whether a text is thanks and nothing else.

Complaints thank us too ("Thanks a lot for charging me twice"), and no list of troubles is ever
complete. So it is the words of thanks, praise and farewell that are listed: any other word says
something, unless it is a name. In doubt a text is no thanks, and a person gets to see it.
"""

from __future__ import annotations

import re

from streams.reading.phrase_lists import PhraseList, Section, WordList, all_words, any_of
from streams.text.patterns import Pattern
from streams.text.person_names import address

LONGEST = 500
"""Characters of a text. A longer one says more than thanks."""
_PART = re.compile(r"[^.,!;:…。！，、\n()–—]+|\n")
_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_MOST_NAMES = 3


class ThanksPhrases(Section):
    """Words of thanks, praise and farewell, and what turns them into something else."""

    says: PhraseList
    kind_words: WordList
    courtesy_words: WordList
    calling_words: WordList
    phrases: PhraseList
    turns: PhraseList


class Thanks:
    """Tells thanks."""

    def __init__(self, phrases: ThanksPhrases) -> None:
        """
        Args:
            phrases: how people thank.
        """
        self._says = Pattern(f"(?i){any_of(phrases.says)}")
        self._turns = Pattern(rf"(?i)[?？؟]|\b{any_of(phrases.turns)}\b")
        self._phrases = re.compile(any_of(phrases.phrases), re.I)
        self._kind = all_words(phrases.kind_words)
        self._courteous = self._kind | all_words(phrases.courtesy_words)
        self._calls = all_words(phrases.calling_words)

    def is_in(self, text: str) -> bool:
        """Return whether *text* has a word of thanks."""
        return self._says.is_in(text)

    def is_all_of(self, text: str) -> bool:
        """Return whether *text* thanks us, and asks and reports nothing."""
        if len(text) > LONGEST or not self.is_in(text):
            return False
        return self._says_nothing_else(text, self._kind)

    def is_courtesy(self, sentence: str) -> bool:
        """Return whether *sentence* is thanks, perhaps for what is still to be done."""
        return self.is_in(sentence) and self._says_nothing_else(sentence, self._courteous)

    def _says_nothing_else(self, text: str, words: frozenset[str]) -> bool:
        """Return whether *text* has only *words*, kind phrases and names."""
        if self._turns.is_in(text):
            return False
        text = self._phrases.sub(" ", text.replace("’", "'"))
        names = 0
        for part in _PART.findall(text):
            found = _WORD.findall(part)
            known = [w.casefold() in words for w in found]
            first = known.index(False) if False in known else len(found)
            if any(known[first:]) or not self._may_be_name(found[:first], found[first:]):
                return False
            names += len(found) - first
        return not names or (names <= _MOST_NAMES and not text.isupper())

    def _may_be_name(self, before: list[str], rest: list[str]) -> bool:
        """Return whether *rest* is a name, or nothing; *before* are the words that lead to it."""
        if not rest:
            return True
        leads = not before or self.is_in(" ".join(before)) or before[-1].casefold() in self._calls
        return leads and all(w[0].isupper() for w in rest) and address(" ".join(rest)) is not None
