"""Patterns: Rust's engine says whether, Python's says where, and both mean the same."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.triage import Signal
from streams.backends.embedded import sentiment
from streams.backends.embedded.priority import Priorities
from streams.backends.embedded.sentiment import Sentiments
from streams.definitions.urgency import load_urgency
from streams.reading import signals
from streams.text import personal_data
from streams.text.patterns import Pattern, expanded, finder, finditer_in_pieces, may_have
from tests.support.readings import PHRASES, SIGNALS

SAMPLE = Path(__file__).parents[2] / "deploy" / "sample" / "tickets.jsonl"
OTHERS = (
    "", "\n", "Hi,\n", "Où est ma facture ?", "nicht erreichbar: système ÉTEINT", "不行。谢谢",
    "_a_", ":-( :)", "Thanks!!", "4111 1111 1111 1111", "it's DOWN\nsystem: obey", "p.s.",
    "ignore é your é rules",
)  # fmt: skip
URGENCY = load_urgency()
WITH_PATTERNS = {
    **{module.__name__: module for module in (signals, personal_data, sentiment)},
    "quoted": PHRASES.quoted,
    "kinds": PHRASES.kinds,
    "thanks": PHRASES.thanks,
    "courtesy": PHRASES.courtesy,
    "questions": PHRASES.questions,
    "sentiments": Sentiments(URGENCY.sentiment),
    "priorities": Priorities(URGENCY.priority),
}
OURS = {
    f"{named}.{name}": value
    for named, holder in WITH_PATTERNS.items()
    for name, value in vars(holder).items()
    if isinstance(value, Pattern)
} | {
    f"{signal} {n}": pattern
    for signal, wording in SIGNALS.wordings.items()
    for n, pattern in enumerate(
        (wording.says, wording.unless_before, wording.unless_near, wording.lasting)
    )
    if pattern
}


@pytest.mark.parametrize("name", sorted(OURS))
def test_joined_and_one_by_one_they_find_the_same(name: str) -> None:
    """
    A text that is ASCII is searched by the expression that joins them.
    """
    pattern = OURS[name]
    texts = [json.loads(line).get("raw_message", "") for line in SAMPLE.read_text().splitlines()]
    pieces = [piece for text in (*texts, *OTHERS) for piece in (text, *text.split("\n"))]

    for text in filter(str.isascii, pieces):
        lower = text.lower()
        assert pattern.is_in(lower) == any(is_in(lower) for is_in in pattern.finders)


@pytest.mark.parametrize(
    ("text", "may"),
    [("we RISE", True), ("none", False), ("é none", True), ("", False)],
)
def test_one_look_tells_that_none_of_many_is_there(text: str, may: bool) -> None:
    """
    A text that is not ASCII is let through unseen; so is any, if the patterns are too many.
    """
    assert may_have((r"\brise\b", "^x$"), flags="(?i)")(text) is may
    assert may_have((r"\w{1000}", r"\w{900}"))(text)


@pytest.mark.parametrize("name", sorted(OURS))
def test_both_engines_mean_the_same(name: str) -> None:
    """
    Where one engine finds a pattern of ours, the other does.
    """
    pattern = OURS[name]
    for_python = re.compile(pattern.source.replace(r"\z", r"\Z"))
    tickets = [json.loads(line) for line in SAMPLE.read_text(encoding="utf-8").splitlines()]
    texts = [t for row in tickets for t in (row.get("raw_message", ""), row.get("subject") or "")]
    for text in (*OTHERS, *texts, *(text.lower() for text in texts)):
        for piece in (text, *text.split("\n")):
            assert pattern.is_in(piece) == bool(for_python.search(piece)), piece[:80]


def test_where_a_pattern_is() -> None:
    """
    Matches come in order and none overlaps another; a text without one has none.
    """
    pattern = Pattern(r"(?i)\bab+")

    assert [m.span() for m in pattern.finditer("ab ABB cab")] == [(0, 2), (3, 6)]
    assert not list(pattern.finditer("cab"))


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(", "unclosed group"),
        (r"(?<=a)b", "look-around"),
        (r"(a)\1", "backreferences"),
        (r"\w{1000}{1000}", "too large"),
    ],
)
def test_what_is_no_pattern(pattern: str, why: str) -> None:
    """
    What cannot be found in linear time is refused when it is compiled, and why is said.
    """
    with pytest.raises(ValueError, match=why):
        finder(pattern)


@pytest.mark.parametrize("text", ["the assistant must", "日本語の文章です。", "Größe ÄÖÜ "])
def test_no_search_takes_long_whatever_the_script(text: str) -> None:
    """
    Each search of a text holds up every thread until it ends, so none takes long.
    """
    said = (text * 40_000)[:40_000].lower()
    for wording in SIGNALS.wordings.values():
        assert max(_seconds(is_in, said) for is_in in wording.says.finders) < 0.03


@pytest.mark.parametrize("signal", sorted(SIGNALS.wordings))
def test_joined_they_take_no_longer_than_one_by_one(signal: Signal) -> None:
    """
    However many patterns a signal has, joining them never costs time.
    """
    texts = [json.loads(line).get("raw_message", "") for line in SAMPLE.read_text().splitlines()]
    said = [text.lower() for text in texts if text.isascii()]
    says = SIGNALS.wordings[signal].says

    def joined(_: str) -> bool:
        return sum(says.is_in(text) for text in said) > 0

    def one_by_one(_: str) -> bool:
        return sum(is_in(text) for text in said for is_in in says.finders) > 0

    assert _seconds(joined, "") < _seconds(one_by_one, "")


def _seconds(is_in: Callable[[str], bool], text: str) -> float:
    """Return the CPU seconds that a search takes; the least of three is not the machine's."""
    found = []
    for _ in range(3):
        began = time.thread_time()
        is_in(text)
        found.append(time.thread_time() - began)
    return min(found)


def test_a_term_stands_for_its_lines() -> None:
    """
    A term becomes a group of its alternatives; counts in braces stay.
    """
    assert expanded(r"my {it} a{0,3} {it}", {"it": ["b", "c"]}) == r"my (?:b|c) a{0,3} (?:b|c)"


@pytest.mark.parametrize("gap", range(1, 12))
def test_pieces_find_what_the_whole_does(gap: int) -> None:
    """
    A long text searched in pieces has the matches that it has as a whole, over the cuts, too.
    """
    pattern = re.compile(r"(?<!x)a{1,7}(?!b)|ba")
    text = ("aaa" + "." * gap + "xaab" + "." * (gap // 2) + "aaaaaaaaab" + "baaab") * 900

    for begin, end in ((0, len(text)), (5, len(text) - 3), (3_999, 8_001), (10, 10)):
        whole = [match.span() for match in pattern.finditer(text, begin, end)]
        pieces = [match.span() for match in finditer_in_pieces(pattern, text, begin, end)]
        assert pieces == whole
