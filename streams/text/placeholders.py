"""
What a language model never gets to read, behind placeholders: `<CARD_1>`, `<EMAIL_2>`.

Hidden are card numbers with their dates and codes, IBANs, passwords, keys, tokens, e-mail
addresses and telephone numbers. The same value has the same placeholder, so a model can tell that
two are one. E-mail addresses and telephone numbers that the customer wrote are put back into an
answer; whatever else a placeholder stands for is nobody's to repeat. What looks like a placeholder
in a text gets one of its own, so that nobody is given the address of somebody else for it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from streams.text import (
    card_codes,
    card_data,
    contact_data,
    credentials,
    passwords,
    personal_data,
    secrets,
)
from streams.text.personal_data import MASK, Span

_SPACES = (0x09, 0x0B, 0x0C, 0x85, 0xA0, 0x202F, 0x205F, 0x3000, *range(0x2000, 0x200B))
_UNSEEN = (
    *(0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x20E3, 0x3164, 0xFEFF, 0xFFA0),
    *(*range(0x180B, 0x1810), *range(0x200B, 0x2010), *range(0x202A, 0x202F)),
    *(*range(0x2060, 0x2070), *range(0xFE00, 0xFE10), *range(0xE0000, 0xE01F0)),
)
"""What is not shown (Unicode's default ignorables), and the frame around a key's digit."""
_EVEN = {
    **dict.fromkeys((*_SPACES, *_UNSEEN), " "),
    **dict.fromkeys((*range(0x2010, 0x2016), 0x2212, 0xFE58, 0xFE63, 0xFF0D), "-"),
    **dict.fromkeys((0xFE6B, 0xFF20), "@"),
    **dict.fromkeys((0x2024, 0xFF0E), "."),
    **dict.fromkeys((0xFE55, 0xFF1A), ":"),
    0xFF0B: "+",
    0xFF1D: "=",
}
_PLACEHOLDER = re.compile(r"<([A-Z_]+)_(\d+)>")
_PUT_BACK = frozenset(("EMAIL", "PHONE"))
_NUMBERS = frozenset(("CARD", "IBAN", "PHONE", "SECURITY_CODE"))
"""Kinds whose punctuation means nothing."""
_MARGIN = 300
"""Characters at a cut that may be half of something."""
_SHORTEST_AGAIN = 3
"""Characters of what is looked for again by itself; less would hide half of the words."""
_LONGEST_PART = 24_000
"""Characters of a text in which a card of the ticket is looked for."""


class Placeholders:
    """The placeholders of one ticket."""

    def __init__(self, *known: str | None, parts: Iterable[str | None] = ()) -> None:
        """
        Prepare placeholders for a ticket.

        Args:
            known: addresses of the customer, hidden in whatever form they have.
            parts: the ticket's texts. A card in one of them may have its code in another.
        """
        self._reaches = [reach for part in parts if part and (reach := _reach(part))]
        """How far into other parts each part with a card or a code's name has a say."""
        self._values: dict[str, str] = {}
        """By placeholder."""
        self._names: dict[tuple[str, str], str] = {}
        """Placeholders by kind and value."""
        self._numbers = Counter[str]()
        """The last number by kind."""
        self._own: set[str] = set()
        """Placeholders of what the customer wrote."""
        self._again = False
        """Whether what was hidden before is looked for by itself."""
        self._known = [re.escape(k.strip()) for k in known if k and "@" in k and k.strip() != "@"]

    def hide(self, text: str, *, longest: int, own: bool = True) -> str:
        """
        Return at most *longest* characters of *text*, with nothing in them to be hidden.

        Args:
            own: whether the customer wrote it; else nothing of it is put back.
        """
        begin = text[: longest + _MARGIN]
        hidden = self._hidden(begin)
        if own:
            self._own |= {match[0] for match in _PLACEHOLDER.finditer(hidden)}
        whole = len(hidden) if len(begin) == len(text) else len(hidden) - _MARGIN
        return hidden[: min(whole, longest)]

    def hide_again(self, text: str, *, longest: int) -> str:
        """
        Return what `hide` does, of a piece of a text that was hidden before.

        What was hidden there is hidden here, also where nothing around it tells any more what it
        is: a cell of a table without the table's header.
        """
        self._again = True
        try:
            return self.hide(text, longest=longest)
        finally:
            self._again = False

    def put_back(self, text: str) -> str:
        """Return *text*, which a model has written, with what its placeholders stand for."""
        return _PLACEHOLDER.sub(self._value, text)

    def _value(self, placeholder: re.Match[str]) -> str:
        may = placeholder[0] in self._own and placeholder[1] in _PUT_BACK
        return self._values.get(placeholder[0], MASK) if may else MASK

    def _hidden(self, text: str) -> str:
        parts, done = [], 0
        for kind, (begin, end) in _apart(self._found(text.translate(_EVEN))):
            parts += [text[done:begin], self._placeholder(kind, text[begin:end])]
            done = end
        return "".join((*parts, text[done:]))

    def _beside(self, text: str) -> int:
        """Return how far into *text* the cards of the ticket's other parts reach."""
        others = list(self._reaches)
        if others and (own := _reach(text)) in others:
            others.remove(own)
        return max(others, default=0)

    def _placeholder(self, kind: str, value: str) -> str:
        key = kind, _key(kind, value)
        if key not in self._names:
            self._numbers[kind] += 1
            self._names[key] = f"<{kind}_{self._numbers[kind]}>"
            self._values[self._names[key]] = value
        return self._names[key]

    def _found(self, text: str) -> Iterator[tuple[str, Span]]:
        for known in self._known:
            yield from (("EMAIL", match.span()) for match in re.finditer(known, text, re.I))
        yield from _all(text, self._beside(text))
        if self._again:
            yield from self._hidden_before(text)
        yield from ((match[1], match.span()) for match in _PLACEHOLDER.finditer(text))

    def _hidden_before(self, text: str) -> Iterator[tuple[str, Span]]:
        """Yield where values of placeholders stand as words in *text*, however they are spaced."""
        for (kind, _), placeholder in self._names.items():
            parts = self._values[placeholder].translate(_EVEN).split()
            if sum(map(len, parts)) >= _SHORTEST_AGAIN:
                value = r"\s+".join(map(re.escape, parts))
                found = re.finditer(rf"(?<!\w){value}(?!\w)", text, re.I)
                yield from ((kind, match.span()) for match in found)


def _reach(part: str) -> int:
    """Return how many characters of another part may have the code of a card in *part*."""
    text = part[:_LONGEST_PART].translate(_EVEN)
    if next(card_data.card_numbers(text), None):
        return card_codes.CARD_REACH
    return card_codes.REPLY_REACH if card_codes.code_names(text) else 0


def _key(kind: str, value: str) -> str:
    """Return what two forms of one value have in common, and two values have not."""
    if _PLACEHOLDER.fullmatch(value):
        return value
    if kind in _NUMBERS:
        return re.sub(r"[\W_]", "", value).casefold()
    even = "".join(value.translate(_EVEN).split())
    return even.casefold() if kind == "EMAIL" else even


def without_placeholders(text: str) -> str:
    """Return *text* without any: what they stand for is nothing to search for."""
    return " ".join(_PLACEHOLDER.sub(" ", text).split())


def _all(text: str, beside: int) -> Iterator[tuple[str, Span]]:
    """
    Yield kind and place of all that a model does not get; places may overlap.

    Args:
        beside: how many characters from the beginning may have the code of a card elsewhere.
    """
    cards = list(card_data.card_numbers(text))
    for card in cards:
        yield "CARD", card
        yield from (("SECURITY_CODE", code) for code in card_data.codes_beside(text, card))
    yield from (("KEY", place) for place in secrets.keys(text))
    yield from (("PASSWORD", place) for place in passwords.passwords(text))
    yield from (("PASSWORD", place) for place in credentials.passwords_beside(text))
    yield from (("IBAN", place) for place in contact_data.ibans(text))
    yield from (("EMAIL", place) for place in contact_data.emails(text))
    yield from (("PHONE", place) for place in contact_data.phones(text))
    yield from ((kind.upper(), place) for kind, place in personal_data.places(text))
    zones = card_codes.around(cards, card_codes.code_names(text)) + [(0, beside)] * bool(beside)
    yield from (("SECURITY_CODE", place) for place in card_codes.numbers_within(text, zones))


def _apart(found: Iterable[tuple[str, Span]]) -> list[tuple[str, Span]]:
    """Return *found* in order, what overlaps as one, of the kind that was found first."""
    apart: list[tuple[tuple[int, str], Span]] = []
    for place, kind in sorted((place, (n, kind)) for n, (kind, place) in enumerate(found)):
        if apart and place[0] < apart[-1][1][1]:
            other, (begin, end) = apart.pop()
            apart.append((min(kind, other), (begin, max(end, place[1]))))
        else:
            apart.append((kind, place))
    return [(kind, place) for (_, kind), place in apart]
