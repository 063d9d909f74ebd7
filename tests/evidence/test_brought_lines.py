"""What a passage brings beside its text."""

from __future__ import annotations

from datetime import UTC, datetime

from schemas import Article, Line, Passage
from streams.evidence.brought_lines import BroughtLines, kept_lines, read_lines
from streams.evidence.chunking import Chunk, chunks

AT = datetime(2026, 5, 1, tzinfo=UTC)


def test_what_is_kept_is_read() -> None:
    """
    Lines, hash, date and locale come out as they went in.
    """
    article = Article(
        doc_id="A",
        title="T",
        body="## If so\n\n1. One.\n2. Two.\n\n|a|b|\n|-|-|\n|c|d|",
        updated_at=AT,
        locale="en-GB",
    )
    (chunk,) = chunks(article)

    found = read_lines(kept_lines(article, chunk))

    assert found == BroughtLines(
        lines=chunk.lines, text_hash=chunk.text_hash, updated_at=AT, locale="en-GB"
    )
    assert len(found.lines) == 3


def test_a_passage_gets_all_of_it() -> None:
    """
    What a passage is returned with is what was kept, and its score.
    """
    bare = Passage(doc_id="A", chunk_id="A-c-1", title="T", text="x", score=0)
    brought = BroughtLines(lines=(Line(n=1, text="x"),), text_hash="0a", updated_at=AT, locale="en")

    found = brought.with_passage(bare, score=0.5)

    assert found == Passage(**{**bare.model_dump(), "score": 0.5, **brought.model_dump()})


def test_nothing_is_read_as_nothing() -> None:
    """
    A chunk without lines brings none.
    """
    article = Article(doc_id="A", title="T", body="x")

    assert read_lines(kept_lines(article, Chunk("A-c-1", (), "x"))) == BroughtLines()
