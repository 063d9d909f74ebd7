"""
Finds the sender's own new words in a mail: without history, signature, disclaimer.

Works line by line on the beginnings of lines, so time grows with the length alone (the
published reply parsers backtrack over whole messages). What is kept is kept as it came.
"""

from __future__ import annotations

import re

from streams.reading.phrase_lists import PhraseList, Section, any_of
from streams.text.patterns import Pattern

_HEAD = 400
"""Characters of a line that are looked at. Everything that we look for begins within them."""
_SIGNATURE_LINES = 25
_SIGN_OFF_LINES = 10

_QUOTED = re.compile(r"\s*(?:>|\|\s?>|&gt;)")
_DASHES = ("--", "—", "__")
_RULE = re.compile(r"\s*[_=\-]{10,}\s*$")


class QuotedPhrases(Section):
    """How mail programs and companies mark what is not the sender's own new text."""

    forwarded_message: PhraseList
    original_message: PhraseList
    reply_above: PhraseList
    from_header: PhraseList
    other_headers: PhraseList
    wrote_begins: PhraseList
    wrote: PhraseList
    disclaimers: PhraseList
    sent_from: PhraseList
    sign_offs: PhraseList
    postscripts: PhraseList


class QuotedReply:
    """Tells the sender's own words from the rest of a mail."""

    def __init__(self, phrases: QuotedPhrases) -> None:
        """
        Args:
            phrases: what marks the rest.
        """
        self._forwarded = _compiled(any_of(phrases.forwarded_message))
        self._original = _compiled(rf"\s*-{{2,}}\s*{any_of(phrases.original_message)}\s*-{{2,}}")
        self._reply_above = _compiled(rf"[\W_]*{any_of(phrases.reply_above)}")
        self._from = _compiled(rf"[\s*>]*{any_of(phrases.from_header)}[\s*]*[:：]")
        self._other_header = _compiled(rf"[\s*>]*{any_of(phrases.other_headers)}[\s*]*[:：]")
        self._wrote_start = _compiled(
            rf"\W{{0,3}}(?:{any_of(phrases.wrote_begins)}|\d{{1,4}}[-./年년])\b"
        )
        self._wrote_end = _compiled(
            rf"{any_of(phrases.wrote)}[^:：\n]{{0,120}}[:：]\s*$"
            r"|<[^<>\s]{1,100}@[^<>\s]{1,100}>\s*[:：]\s*$"
        )
        self._disclaimer = Pattern(f"(?s){any_of(phrases.disclaimers)}")
        self._sent_from = _compiled(rf"\s*{any_of(phrases.sent_from)}")
        self._sign_off = _compiled(
            rf"\s*{any_of(phrases.sign_offs)}\s*[,.!–—-]*\s*(?:\w[\w.'-]*\W{{0,2}}){{0,3}}$"
        )
        self._postscript_mark = _compiled(rf"\s*{any_of(phrases.postscripts)}\.?\s?[:.,-]?")

    def own_words(self, text: str, *, with_history: bool = False) -> str:
        """
        Return *text* without quoted history, disclaimers and signature.

        If nothing would be left, the part before that step is kept. *with_history* keeps the
        history, as in a forwarded message, where it is what the sender wants us to read.
        Every line of the result is a line of *text*.
        """
        lines = text.split("\n")
        steps = (self._without_disclaimers, self._without_signature)
        for step in steps if with_history else (self._without_history, *steps):
            kept = step(lines)
            if any(line.strip() for line in kept):
                lines = kept
        return "\n".join(lines).strip()

    def _without_history(self, lines: list[str]) -> list[str]:
        """Drop quoted lines and the headers above them; unquoted history goes to the end."""
        kept: list[str] = []
        i = 0
        while i < len(lines):
            head = lines[i][:_HEAD]
            if not head or head.isspace():
                kept.append(lines[i])
            elif self._forwarded.match(head):
                return kept + lines[i:]
            elif self._begins_history(lines, i):
                return _without_rule(kept)
            elif header := self._wrote_lines(lines, i):
                if not _quote_follows(lines, i + header):
                    return kept
                i += header - 1
            elif not _QUOTED.match(head):
                kept.append(lines[i])
            i += 1
        return kept

    def _begins_history(self, lines: list[str], i: int) -> bool:
        """Return whether the line at *i* says that all below it is history."""
        head = lines[i][:_HEAD]
        if self._original.match(head) or self._reply_above.match(head):
            return True
        return self._is_header_block(lines, i)

    def _is_header_block(self, lines: list[str], i: int) -> bool:
        """Return whether `From:` stands at *i*, and two more headers within five lines."""
        if not self._from.match(lines[i][:_HEAD]):
            return False
        following = (self._other_header.match(line[:_HEAD]) for line in lines[i + 1 : i + 6])
        return sum(map(bool, following)) >= 2

    def _wrote_lines(self, lines: list[str], i: int) -> int:
        """Return how many lines the `On ..., somebody wrote:` at *i* takes, 0 if it is none."""
        if not self._wrote_start.match(lines[i][:60]):
            return 0
        for count in (1, 2, 3):
            joined = " ".join(line.strip() for line in lines[i : i + count])
            if len(joined) > _HEAD:
                return 0
            if joined.endswith((":", "：")) and self._wrote_end.search(joined):
                return count if any(c.isdigit() for c in joined) else 0
        return 0

    def _without_disclaimers(self, lines: list[str]) -> list[str]:
        kept: list[str] = []
        start = 0
        for i in range(len(lines) + 1):
            if i == len(lines) or not lines[i].strip():
                paragraph = lines[start:i]
                if not self._disclaimer.is_in("\n".join(paragraph)[: 3 * _HEAD].lower()):
                    kept.extend(paragraph)
                kept.extend(lines[i : i + 1])
                start = i + 1
        return kept

    def _without_signature(self, lines: list[str]) -> list[str]:
        """Cut at `-- ` or at a sign-off with a short tail; a postscript stays."""
        lines = [line for line in lines if not self._sent_from.match(line[:120])]
        last = len(lines) - 1
        while last > 0 and not lines[last].strip():
            last -= 1
        for i in range(max(1, last - _SIGNATURE_LINES), last + 1):
            line = lines[i].strip()
            after = lines[i + 1 :]
            if line in _DASHES or (self._sign_off.match(line[:100]) and self._is_tail(after)):
                return lines[:i] + self._postscript(after)
        return lines

    def _is_tail(self, lines: list[str]) -> bool:
        """Return whether *lines* look like names and addresses: few, short, no sentences."""
        said = [line.strip() for line in self._before_postscript(lines) if line.strip()]
        return len(said) <= _SIGN_OFF_LINES and not any(
            len(line) > 120 or "?" in line or (line[-1] in ".!" and line.count(" ") >= 4)
            for line in said
        )

    def _before_postscript(self, lines: list[str]) -> list[str]:
        return lines[: len(lines) - len(self._postscript(lines))]

    def _postscript(self, lines: list[str]) -> list[str]:
        """Return *lines* from a postscript on."""
        for i, line in enumerate(lines):
            if self._postscript_mark.match(line[:20]):
                return lines[i:]
        return []


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.I)


def _quote_follows(lines: list[str], i: int) -> bool:
    following = next((line for line in lines[i : i + 5] if line.strip()), "")
    return bool(_QUOTED.match(following[:_HEAD]))


def _without_rule(lines: list[str]) -> list[str]:
    """Drop the line of underscores that mail clients put above the history."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    return lines[: end - 1] if end and _RULE.match(lines[end - 1][:_HEAD]) else lines
