"""Texts in pieces no longer than a chunk."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.evidence.line_lengths import (
    TARGET_WORDS,
    code_spans,
    counted_words,
    sentence_spans,
    short_spans,
)

_texts = st.text(st.sampled_from("ab. \n字"), max_size=4_000)


@given(text=_texts)
def test_nothing_but_blanks_is_between_pieces(text: str) -> None:
    """
    Pieces come in order, none overlaps another, none has blanks around it, and none is too long.
    """
    for spans in (list(sentence_spans(text)), list(short_spans(text)), list(code_spans(text))):
        assert spans == sorted(spans)
        edges = [0, *(edge for span in spans for edge in span), len(text)]
        assert edges == sorted(edges)
        between = zip(edges[::2], edges[1::2], strict=True)
        assert not "".join(text[a:b] for a, b in between).strip()
    assert all(counted_words(text[a:b]) <= TARGET_WORDS for a, b in short_spans(text))


def test_text_without_blanks_counts() -> None:
    """
    Twelve characters are a word where there are no blanks.
    """
    assert counted_words("two words") == 2
    assert counted_words("字" * 120) == 10


def test_code_is_cut_at_ends_of_lines() -> None:
    """
    A long listing is cut between its lines; short code is whole.
    """
    code = "\n".join(f"value_{n} = {n} of them" for n in range(60))
    pieces = [code[a:b] for a, b in code_spans(code)]

    assert len(pieces) > 1
    assert "\n".join(pieces) == code
    assert list(code_spans("a\n\nb")) == [(0, 4)]


def test_sentences() -> None:
    """
    A sentence stands without the blank after it.
    """
    assert list(sentence_spans("One is. Two is.")) == [(0, 7), (8, 15)]
