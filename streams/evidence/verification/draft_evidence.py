"""
What each sentence of a draft rests on: a line, our own phrase, a line in other words, or nothing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cached_property

from schemas import DraftedTicket, SentenceEvidence
from streams.definitions.voice import Voice
from streams.evidence.lines import PassageLines, language_of
from streams.evidence.verification.classes import Classified
from streams.evidence.verification.matter import matter
from streams.evidence.verification.quantities import lacks, quantities
from streams.evidence.verification.restated import Restatement, without_yes_or_no
from streams.evidence.verification.sentences import DraftSentence, as_one, sentences_of
from streams.evidence.verification.verbatim import MOST_SENTENCES, VerbatimLines, normal
from streams.ports import LineRef
from streams.text.citations import uncited
from streams.text.language import language, primary_language
from streams.text.person_names import names_of
from streams.text.pleasantries import only_asks, repeated, without_pleasantries
from streams.text.sentences import split
from streams.text.words import coverage

_MARKS = " ,.:;!"
_SAID_BACK = 0.75
"""Share of a sentence's words from which it is the customer's own."""


class DraftEvidence:
    """A draft's sentences, each compared with the passages once."""

    def __init__(self, ticket: DraftedTicket, voice: Voice) -> None:
        self.ticket = ticket
        self.lines = PassageLines(ticket.passages)
        self._verbatim = VerbatimLines(self.lines)
        self._voice = voice
        self._names = names_of(ticket.ticket.customer_name)
        self._titles = tuple(dict.fromkeys(p.title for p in ticket.passages))
        self._links = tuple(dict.fromkeys(p.url for p in ticket.passages if p.url))

    @cached_property
    def classified(self) -> tuple[Classified, ...]:
        """Return the draft's sentences in order, those that make one line or phrase as one."""
        return tuple(self._classified(self._sentences))

    @cached_property
    def _sentences(self) -> list[DraftSentence]:
        return sentences_of(self.ticket.answer_draft)

    @cached_property
    def used(self) -> tuple[LineRef, ...]:
        """Return the lines that the draft quotes word for word, in the draft's order."""
        return tuple(c.ref for c in self.classified if c.rests_on == "line" and c.ref)

    @cached_property
    def named(self) -> tuple[LineRef, ...]:
        """Return the lines that the draft quotes or restates, in the draft's order."""
        return tuple(c.ref for c in self.classified if c.rests_on in ("line", "restated") and c.ref)

    @cached_property
    def languages(self) -> tuple[str, str]:
        """
        Return the language of the draft's body, and of what it cites, as far as it is known.

        Where neither text tells, as rows of tables do not, it is the customer's.
        """
        ids = {c for s in self._sentences for c in s.ids}
        sources = [language_of(p) for p in self.ticket.passages if p.doc_id in ids]
        source = next((found for found in sources if found != "und"), "und")
        body = language(uncited(self.ticket.answer_draft.body))
        spoken = primary_language(self.ticket.reading.language)
        known = [found for found in (body, source) if found != "und"] or [spoken]
        return (known[0], known[-1]) if known != ["und"] else ("en", "en")

    def _classified(self, sentences: Sequence[DraftSentence]) -> Iterator[Classified]:
        n = 0
        while n < len(sentences):
            found = self._word_for_word(sentences, n)
            if found is None:
                after = sentences[n + 1 : n + 2]
                found = 1, self._in_other_words(sentences[n], after[0] if after else None)
            length, one = found
            yield one
            n += length

    def _word_for_word(
        self, sentences: Sequence[DraftSentence], n: int
    ) -> tuple[int, Classified] | None:
        """Return the longest run from *n* on that is a line or a phrase of ours, and its length."""
        near = [
            s
            for s in sentences[n : n + MOST_SENTENCES]
            if (s.part, s.paragraph) == (sentences[n].part, sentences[n].paragraph)
        ]
        for length in range(len(near), 0, -1):
            run = as_one(near[:length])
            if one := self._as_line(run):
                return length, one
        ours = self._as_ours(near[0])  # of several sentences, each one is known by itself
        return (1, ours) if ours else None

    def _as_line(self, run: DraftSentence) -> Classified | None:
        if run.part != "body":
            return None
        refs = self._verbatim.refs(run.text)
        if not refs:
            is_heading = not run.ids and self._verbatim.is_heading(run.text)
            return Classified(run, "line", is_heading=True) if is_heading else None
        cited = [ref for ref in refs if ref.doc_id in run.cites]
        if not cited:
            fault = "other-document" if run.cites else "no-citation"
            return Classified(run, "unsupported", refs[0], fault)
        return Classified(run, "line", cited[0])

    def _as_ours(self, one: DraftSentence) -> Classified | None:
        cited = [p for p in self.ticket.passages if p.doc_id in one.ids]
        titles = tuple(p.title for p in cited) if one.ids else self._titles
        links = tuple(p.url for p in cited) if one.ids else self._links
        text = uncited(getattr(self.ticket.answer_draft, one.part)[one.start : one.end])
        if one.ids and not any(title in text for title in titles):
            return None  # of our phrases only one that names an article cites it
        forms = [text] if one.part == "body" else [*self._salutations(text)]
        is_ours = any(
            self._voice.is_ours(said, names=self._names, titles=titles, links=links)
            for said in forms
        )
        return Classified(one, "ours") if is_ours else None

    def _salutations(self, text: str) -> Iterator[str]:
        """
        Yield a line of greeting or closing *text* as our phrases may have it: with another mark at
        its end, and without the checked name.
        """
        for said in (text, *(text.replace(f" {n}", "", 1) for n in self._names if n in text)):
            yield said
            plain = said.rstrip(_MARKS)
            yield from (f"{plain}{mark}" for mark in ("", ",", ":"))

    def _in_other_words(self, one: DraftSentence, after: DraftSentence | None) -> Classified:
        if one.part != "body":
            return self._of_greeting_or_closing(one)
        if not without_yes_or_no(one.text) and not one.ids:
            follows = after and after.paragraph == one.paragraph and after.ids
            return Classified(
                one, "restated" if follows else "unsupported", fault=None if follows else "words"
            )
        if normal(one.text) in self._unquotable(one.cites):
            return Classified(one, "restated")
        left = without_pleasantries(one.text, self._names)
        if not left or (not one.ids and (only_asks(left) or self._says_back(left))):
            return Classified(one, "courtesy")
        found = self._restatement.of(one)
        return Classified(one, "unsupported" if found.fault else "restated", found.ref, found.fault)

    def _unquotable(self, ids: Sequence[str]) -> set[str]:
        """Return what the passages of *ids* say, also where no line of theirs may be quoted."""
        texts = (p.text for p in self.ticket.passages if p.doc_id in ids)
        return {normal(said) for text in texts for said in split(text) if said.strip()}

    def _says_back(self, said: str) -> bool:
        """Return whether *said* only tells the customer what they asked or told."""
        back = repeated(said)
        spoken, asked = self.languages[0], self.ticket.reading.text
        return (
            back is not None
            and coverage(matter(back[1], spoken), matter(asked, spoken)) >= _SAID_BACK
            and not lacks(quantities(back[1], spoken), quantities(asked, spoken), frozenset())
        )

    def _of_greeting_or_closing(self, one: DraftSentence) -> Classified:
        names = (*self._names, *_unchecked(self.ticket.ticket.customer_name or ""))
        if without_pleasantries(one.text, names):
            return Classified(one, "unsupported", fault="salutation")
        return Classified(one, "courtesy")

    @cached_property
    def _restatement(self) -> Restatement:
        written, sources = self.languages
        return Restatement(
            self.lines, language=written, source_language=sources, asked=self.ticket.reading.text
        )

    def records(self) -> Iterator[SentenceEvidence]:
        """Yield what travels of each sentence."""
        for one in self.classified:
            s, line = one.sentence, self.lines.get(one.ref) if one.ref else None
            passage = self.lines.passage(one.ref) if one.ref and line else None
            yield SentenceEvidence(
                part=s.part,
                start=s.start,
                end=s.end,
                rests_on=one.rests_on,
                doc_id=passage.doc_id if passage else None,
                chunk_id=passage.chunk_id if passage else None,
                line=line.n if line else None,
                spans=line.spans if line else (),
                text_hash=passage.text_hash if passage else "",
                updated_at=passage.updated_at if passage else None,
            )


def _unchecked(name: str) -> tuple[str, ...]:
    """Return *name* and its words, if it is letters and the marks of names alone."""
    letters = (unicodedata.category(c)[0] in "LMZ" or c in "-'’." for c in name)
    words = name.split()
    return (" ".join(words), *words) if words and all(letters) else ()
