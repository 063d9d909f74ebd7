"""What a model chooses from: lines as plain text, each with its code, among decoys."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import Line, Passage
from streams.backends.openai.offer import MOST_LINES, Offer, offer_of
from streams.evidence.decoys import DECOYS
from streams.evidence.line_codes import CODES
from streams.evidence.lines import PassageLines
from streams.ports import LineRef
from tests.support.drafts import a_passage

REFUNDS = (
    Line(n=1, text="The first payment is refundable for 30 days.", headings=("Monthly",)),
    Line(n=2, text="See the table below.", headings=("Monthly",), quotable=False),
    Line(n=3, kind="item", text="Later payments are not.", headings=("Monthly", "Later")),
    Line(n=4, kind="step", number=1, text="Go to Settings.", headings=("Ask for it",)),
    Line(n=5, kind="step", number=2, text="Select Refund.", headings=("Ask for it",), needs=(4,)),
)


def an_offer(*passages: Passage, seed: str = "t", **more: object) -> Offer:
    """Return the offer of the lines of *passages*."""
    return offer_of(PassageLines(passages), seed=seed, **more)  # type: ignore[arg-type]


def refunds() -> Passage:
    """Return a passage with all kinds of lines."""
    return a_passage(doc_id="KB-7", title="Refunds", lines=REFUNDS)


def test_each_line_is_followed_by_its_code() -> None:
    """
    Lines are plain text under their title and headings; a code is behind the line that it names.
    """
    offer = an_offer(refunds())
    by_line = {ref.n: code for code, ref in offer.lines.items()}
    assert f"The first payment is refundable for 30 days. [{by_line[1]}]" in offer.text
    assert f"- Later payments are not. [{by_line[3]}]" in offer.text
    assert f"1. Go to Settings. [{by_line[4]}]" in offer.text
    assert f"2. Select Refund. [{by_line[5]}]" in offer.text
    assert "# Refunds\n## Monthly\n" in offer.text
    assert "## Monthly > Later\n" in offer.text


def test_what_cannot_be_quoted_is_not_offered() -> None:
    """
    A line that points at what cannot come along has no code, and is not shown.
    """
    offer = an_offer(refunds())
    assert "below" not in offer.text
    assert LineRef("KB-7", 2) not in offer.lines.values()


def test_decoys_stand_among_the_lines() -> None:
    """
    Four lines of made-up articles, under their own titles, the first and the last among them.
    """
    offer = an_offer(refunds())
    codes = re.findall(r"\[(\w\w)\]$", offer.text, re.M)
    assert len(codes) == len(offer.lines) + DECOYS
    assert offer.decoys == set(codes) - offer.lines.keys()
    assert {codes[0], codes[-1]} <= offer.decoys


def test_chosen_lines_come_in_the_articles_order_and_once() -> None:
    """
    Whatever the order and repetition in which a model names them; others name nothing.
    """
    offer = an_offer(refunds())
    codes = [*offer.lines, *offer.lines][::-1]
    assert [ref.n for ref in offer.chosen(codes)] == [1, 3, 4, 5]
    assert offer.chosen([*offer.decoys, "??"]) == ()


def test_a_retry_reads_the_same() -> None:
    """
    Text and codes are the ticket's; another ticket has other codes for the same lines.
    """
    assert an_offer(refunds(), seed="a") == an_offer(refunds(), seed="a")
    assert an_offer(refunds(), seed="a").lines != an_offer(refunds(), seed="b").lines


def test_no_code_is_a_word_of_the_ticket() -> None:
    """
    A customer who speaks of F5 and T7 names no line.
    """
    said = " ".join(CODES[::2])
    offer = an_offer(refunds(), said=[said])
    assert not {*offer.lines, *offer.decoys} & set(said.split())


def test_a_long_offer_ends_somewhere() -> None:
    """
    There are no more lines than codes: what is over is left out.
    """
    many = [Line(n=n, text=f"Line {n} says so.") for n in range(1, 600)]
    offer = an_offer(a_passage(lines=tuple(many)))
    assert len(offer.lines) == MOST_LINES


@pytest.mark.parametrize("passages", [(), (a_passage(lines=REFUNDS[1:2]),)])
def test_nothing_to_offer(passages: tuple[Passage, ...]) -> None:
    """
    Without a line there are decoys alone.
    """
    offer = an_offer(*passages)
    assert offer.lines == {}
    assert len(offer.decoys) == DECOYS


@given(st.integers(1, 60), st.text(max_size=20))
def test_each_code_names_one_line(n: int, seed: str) -> None:
    """
    For any number of lines: all are offered, each under a code of its own.
    """
    lines = tuple(Line(n=i, text=f"Sentence number {i}.") for i in range(1, n + 1))
    offer = an_offer(a_passage(lines=lines), seed=seed)
    assert [ref.n for ref in offer.lines.values()] == list(range(1, n + 1))
    assert len({*offer.lines, *offer.decoys}) == n + DECOYS
    for code, ref in offer.lines.items():
        assert f"Sentence number {ref.n}. [{code}]" in offer.text
