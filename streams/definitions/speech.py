"""
The phrases of one language for one brand, as a draft takes them, and how to know them again.

`is_ours` compares a sentence, or a line, with every phrase whose slots are filled by values that
the caller allows. It is exact but for case, blanks and the mark at its end, so no claim hides in
a phrase.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from babel import Locale, UnknownLocaleError
from babel.lists import format_list

from streams.definitions.voice_phrases import LanguagePhrases, Worded
from streams.text import person_names
from streams.text.sentences import split

Allowed = tuple[str, ...]
"""Values that may stand in a slot."""


@dataclass(frozen=True)
class Speech:
    """What a draft says in *language* for the brand of the name *brand*."""

    language: str
    brand: str
    phrases: LanguagePhrases

    # What a draft takes.

    def greeting(self, name: str | None, tone: str) -> str:
        """Return the greeting of a customer of this *name*, if it is one that can be repeated."""
        called = person_names.address(name)
        given = self.phrases.greetings
        if called and (own := self._called(called)):
            kind = given.titled if _title(called) else given.named
            return self._by_tone(kind, tone).format(name=own)
        return self._by_tone(given.nameless, tone)

    def closing(self, tone: str) -> str:
        """Return the closing line and the signature."""
        return f"{self._by_tone(self.phrases.closings, tone)}\n{self._signature}"

    def opening(self, sentiment: str) -> Allowed:
        """Return phrases that may begin a first reply to a customer who feels so."""
        if sentiment == "frustrated":
            return self.empathy
        given = self.phrases.pleased if sentiment == "satisfied" else self.phrases.thanks
        return self._all(given)

    @property
    def empathy(self) -> Allowed:
        """Phrases of empathy, for any reply to a frustrated customer."""
        return self._all(self.phrases.empathy)

    @property
    def introductions(self) -> Allowed:
        """Phrases that go before lines that answer a single question."""
        return self._all(self.phrases.introductions)

    @property
    def holding(self) -> Allowed:
        """Phrases for a ticket that nothing answers."""
        return self._all(self.phrases.holding)

    @property
    def answered_before(self) -> Allowed:
        """Phrases for a ticket whose answer an earlier reply had."""
        return self._all(self.phrases.answered_before)

    def without_question(self, kind: str) -> Allowed:
        """Return phrases that answer a message of a *kind* that asks nothing."""
        given = self.phrases
        by_kind = {"thanks": given.welcome, "auto_reply": given.automatic}
        return self._all(by_kind.get(kind, given.tell_more))

    def lead_in(self, questions: range) -> str:
        """Return what goes before the answer to these *questions*, from 0."""
        return self._counted(self.phrases.lead_in, questions)

    def as_above(self, questions: range) -> str:
        """Return that these *questions* have an answer which stands above."""
        return self._counted(self.phrases.as_above, questions)

    def open_question(self, questions: range) -> str:
        """Return that these *questions* are left to a colleague."""
        return self._counted(self.phrases.open_question, questions)

    @property
    def open_rest(self) -> str:
        """What is said of all questions that have no ordinal."""
        return self._said(self.phrases.open_rest)

    def long_article(self, title: str, link: str) -> str:
        """Return where a long procedure stands; *link* may be empty."""
        given = self.phrases.long_article
        return self._said(given.linked if link else given.unlinked).format(title=title, link=link)

    # What a draft has said.

    def is_ours(
        self, text: str, *, names: Allowed = (), titles: Allowed = (), links: Allowed = ()
    ) -> bool:
        """
        Return whether *text* is a phrase, or a sentence of one without a slot; case, blanks and
        the mark at its end do not count.

        Args:
            names: by which the customer may be called (`person_names.names_of`).
            titles: of articles that the draft may name.
            links: of articles that the draft may name.
        """
        said = as_compared(text)
        if said in self._fixed:
            return True
        return any(
            said == as_compared(filled) for filled in self._filled(said, names, titles, links)
        )

    @cached_property
    def _fixed(self) -> frozenset[str]:
        """Return all that has no slot which a ticket fills, and each sentence of it."""
        given = self.phrases
        counted = (given.lead_in, given.as_above, given.open_question)
        texts = [self._signature, self.open_rest]
        ordinals = len(given.ordinals)
        spans = [range(a, b) for a in range(ordinals) for b in range(a + 1, ordinals + 1)]
        texts += [self._counted(one, span) for one in counted for span in spans]
        texts += [self._said(one) for some in given.alternatives for one in some]
        by_tone = (given.greetings.nameless, given.closings)
        texts += [self._said(one) for some in by_tone for one in some.values()]
        texts += [self._branded(one) for one in given.customary]
        return frozenset(as_compared(part) for text in texts for part in (text, *split(text)))

    def _filled(self, said: str, names: Allowed, titles: Allowed, links: Allowed) -> Iterator[str]:
        """Yield the phrases with slots, filled by what of the values is *said*."""
        greetings, article = self.phrases.greetings, self.phrases.long_article
        for name in names:
            if (own := self._called(name)) and as_compared(own) in said:
                kind = greetings.titled if _title(name) else greetings.named
                given = (*kind.values(), *self.phrases.customary)
                yield from (self._branded(one).replace("{name}", own) for one in given)
        for title in titles:
            if as_compared(title) in said:
                yield self._said(article.unlinked).format(title=title)
                for link in links:
                    if as_compared(link) in said:
                        yield self._said(article.linked).format(title=title, link=link)

    # How a phrase is said.

    def _called(self, name: str) -> str | None:
        """Return how the language says *name*, which may begin with an English title."""
        title = _title(name)
        if title is None:
            return name
        own = self.phrases.titles.get(title.rstrip("."))
        return name.replace(title, own, 1) if own else None

    def _by_tone(self, given: Mapping[str, Worded], tone: str) -> str:
        return self._said(given[tone if tone in given else "any"])

    def _said(self, worded: Worded) -> str:
        return worded.by(self.phrases.address)

    def _all(self, given: Iterable[Worded]) -> Allowed:
        return tuple(self._said(worded) for worded in given)

    def _counted(self, worded: Worded, questions: range) -> str:
        """Return the phrase with the ordinals of *questions*, each with the ending beside it."""
        called = [self.phrases.ordinals[n] for n in questions]

        def listed(slot: re.Match[str]) -> str:
            return _listed(tuple(ordinal + slot[1] for ordinal in called), self.language)

        return _ORDINAL.sub(listed, self._said(worded))

    def _branded(self, worded: Worded) -> str:
        return " ".join(self._said(worded).replace("{brand}", self.brand).split())

    @property
    def _signature(self) -> str:
        return self._branded(self.phrases.signature)


def as_compared(text: str) -> str:
    """Return *text* as phrases are compared: without case and the mark at its end."""
    return " ".join(text.replace("’", "'").split()).casefold().rstrip(" ,.:;!")


_ORDINAL = re.compile(r"\{ordinal\}(\w*)")


@lru_cache(maxsize=4_096)
def _listed(words: tuple[str, ...], language: str) -> str:
    """Return *words* as *language* lists them: "first, second and third"."""
    if len(words) == 1:
        return words[0]
    try:
        return format_list(words, locale=Locale.parse(language, sep="-"))
    except (UnknownLocaleError, ValueError):
        return ", ".join(words)


def _title(name: str) -> str | None:
    """Return the English title that *name* begins with, if it has more than that."""
    first, _, rest = name.partition(" ")
    return first if rest and first.rstrip(".") in person_names.ENGLISH_TITLES else None
