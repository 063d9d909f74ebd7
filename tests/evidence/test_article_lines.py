"""The lines of an article: exact, complete, and never without what they need."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings

from schemas import Article, Line, Passage
from streams.evidence.article_lines import LinedArticle, article_lines
from streams.evidence.chunking import chunks
from streams.evidence.lines import PassageLines
from streams.evidence.rows import row_text
from streams.knowledge import article_files
from streams.ports import LineRef
from tests.support.lined import lined, the_line
from tests.support.made_articles import MadeArticle, made_articles

SAMPLE = Path(__file__).parents[2] / "deploy" / "sample" / "kb"
SAMPLES = [a for a in article_files.articles_in(SAMPLE) if isinstance(a, Article)]

each_sample = pytest.mark.parametrize("article", SAMPLES, ids=lambda a: a.doc_id)
_WORD = re.compile(r"word\d+q", re.I)


def an_article(made: MadeArticle, locale: str = "en") -> Article:
    """Return *made* as an article."""
    return Article(doc_id="KB-1", title="Title", body=made.body, locale=locale)


def cut_exactly(article: LinedArticle) -> None:
    """Check that every line's spans cut its text out of the canonical text."""
    for n, line in enumerate(article.lines, start=1):
        pieces = [article.text[begin:end] for begin, end in line.spans]
        assert line.n == n
        if line.kind != "row":
            assert pieces == [line.text]
            continue
        told = [part for header, value in line.cells for part in (header, value) if part]
        assert " ".join(pieces) == " ".join(told)
        assert line.text == row_text(line.cells)


def closed(article: Article) -> None:
    """Check what choosing lines of *article* takes along."""
    lines = article_lines(article).lines
    passage = Passage(
        doc_id="KB-1", chunk_id="KB-1-c-1", title="T", text="-", score=1, lines=lines or ()
    )
    of_passage = PassageLines([passage] if lines else [])
    for line in lines:
        whole = of_passage.whole([LineRef("KB-1", line.n)])
        taken = {ref.n for ref in whole}
        assert taken <= {one.n for one in lines}
        assert set(line.needs) <= taken
        assert all(set(lines[n - 1].needs) <= taken for n in taken)
        assert of_passage.whole(whole) == whole
        assert list(whole) == sorted(whole)
        assert not of_passage.missing(whole)
        if line.quotable:
            assert all(lines[n - 1].quotable for n in taken)
        assert earlier_steps(lines, line) <= taken


def earlier_steps(lines: tuple[Line, ...], line: Line) -> set[int]:
    """Return the steps right before *line*, which is one, down to number 1 or the list's first."""
    found: set[int] = set()
    for before in reversed(lines[: line.n - 1]):
        if line.number <= 1 or before.headings != line.headings or before.kind != "step":
            break
        if before.number != line.number - 1 - len(found):
            break
        found.add(before.n)
    return found


def in_chunks(article: Article) -> None:
    """Check that the chunks of *article* have all of its lines, each once, and what they need."""
    lines = article_lines(article).lines
    made = chunks(article)
    taken: list[int] = []
    for chunk in made:
        begin = len(taken)
        own = [line.n for line in chunk.lines if line.n > begin]
        while len(taken) - begin < len(own) and own[len(taken) - begin] == len(taken) + 1:
            taken.append(len(taken) + 1)
        brought = {line.n for line in chunk.lines}
        assert all(lines[n - 1] in chunk.lines for n in range(begin + 1, len(taken) + 1))
        assert {need for line in chunk.lines for need in line.needs} <= brought
    assert taken == [line.n for line in lines]


@given(made=made_articles())
@settings(max_examples=150, deadline=None)
def test_lines_are_cut_exactly(made: MadeArticle) -> None:
    """
    The spans of a line cut its text out of the canonical text; those of a row, each cell.
    """
    for locale in ("en", "de", "sv"):
        cut_exactly(article_lines(an_article(made, locale)))


@given(made=made_articles())
@settings(max_examples=150, deadline=None)
def test_no_word_of_an_article_is_lost(made: MadeArticle) -> None:
    """
    Lines, with their headings, have all the words of an article, in its order.
    """
    for locale in ("en", "sv"):
        found = list(dict.fromkeys(words_of_lines(article_lines(an_article(made, locale)).lines)))
        assert sorted(found) == sorted(made.words)
        beside = [word for word in found if word not in made.in_tables]
        assert beside == [word for word in made.words if word not in made.in_tables]


def words_of_lines(lines: tuple[Line, ...]) -> Iterator[str]:
    """Yield the words of *lines*, each line's headings before it."""
    for line in lines:
        for text in (*line.headings, *(part for cell in line.cells for part in cell), line.text):
            yield from (word.lower() for word in _WORD.findall(text))


@given(made=made_articles())
@settings(max_examples=150, deadline=None)
def test_what_is_chosen_is_whole(made: MadeArticle) -> None:
    """
    A chosen line brings what it needs, and what that needs, out of its own article.
    """
    for locale in ("en", "fr", "sv"):
        closed(an_article(made, locale))


@given(made=made_articles())
@settings(max_examples=100, deadline=None)
def test_chunks_have_all_lines(made: MadeArticle) -> None:
    """
    No line is in two chunks, or in none; each chunk brings what its lines need.
    """
    for locale in ("en", "sv"):
        in_chunks(an_article(made, locale))


@each_sample
def test_the_sample_articles_have_whole_lines(article: Article) -> None:
    """
    What holds for any article holds for those of the sample. A column of dashes is left out.
    """
    found = article_lines(article)
    cut_exactly(found)
    closed(article)
    in_chunks(article)
    said = " ".join(
        part for line in found.lines for cell in (line.cells or ((line.text, ""),)) for part in cell
    )
    headings = {heading for line in found.lines for heading in line.headings}
    missing = set(found.text.split()) - set(said.split()) - set(" ".join(headings).split())
    no_value = {"Free", "Team"} if article.doc_id == "KB-1104" else set()  # columns of dashes
    missing -= {*article.title.split(), *no_value}
    assert not {word for word in missing if re.search(r"\w{2}", word)}


@each_sample
def test_nearly_all_of_the_sample_can_be_quoted(article: Article) -> None:
    """
    The sample has no figures and no words for a machine; one line names the list around it.
    """
    out = [line.text for line in article_lines(article).lines if not line.quotable]

    assert all(text.startswith("A code that is not in this list") for text in out)


def test_the_same_body_has_the_same_text_and_hash() -> None:
    """
    The hash is that of the canonical text, whatever else of the article changes.
    """
    one, other = lined("# A\n\nText."), lined("# A\n\nText.", title="Other", category="x")

    assert one.text == "A\nText."
    assert one.text_hash == other.text_hash == hashlib.sha256(b"A\nText.").hexdigest()


@pytest.mark.parametrize(
    ("heading", "locale", "is_condition"),
    [
        ("If the status page shows no incident", "en", True),
        ("When everybody is affected", "en", True),
        ("On the Enterprise plan", "en", True),
        ("Before you import", "en", True),
        ("Business customers", "en", True),
        ("Android", "en", True),
        ("When to contact us", "en", False),
        ("When is it an incident", "en", False),
        ("Change a role", "en", False),
        ("Manage users", "en", False),
        ("Wenn die Seite nicht lädt", "de", True),
        ("Im Tarif Business", "de", True),
        ("Nutzer verwalten", "de", False),
        ("Si le lien a expiré", "fr", True),
        ("Pour résilier", "fr", False),
        ("Si el enlace ha caducado", "es", True),
        ("Para cancelar", "es", False),
        ("Se il link è scaduto", "it", True),
        ("Se o link expirou", "pt", True),
        ("Als de link is verlopen", "nl", True),
        ("If the status page shows no incident", "sv", False),
    ],
)
def test_a_heading_that_is_a_condition_belongs_to_its_lines(
    heading: str, locale: str, is_condition: bool
) -> None:
    """
    What stands under "If ..." holds in that case alone.
    """
    article = lined(f"## {heading}\n\n- Larkspur one\n- Larkspur two", locale=locale)

    assert all(line.headings == (heading,) for line in article.lines)
    assert all(line.conditions == ((heading,) if is_condition else ()) for line in article.lines)


def test_without_a_locale_the_language_is_told_from_the_text() -> None:
    """
    A German article needs no locale for its rules.
    """
    body = (
        "Der Link in der Nachricht ist eine Stunde lang gültig. Danach verfällt er, und Sie"
        " können einen neuen anfordern, wenn Sie noch keinen haben."
    )

    assert the_line(lined(body, locale=None), "Danach").needs == (1,)


def test_in_a_language_without_rules_paragraphs_and_lists_stay_whole() -> None:
    """
    Where nobody knows what leans on what, the unit is what the author set apart.
    """
    article = lined("En mening. Detta gäller.\n\n1. Öppna.\n2. Spara.", locale="sv")

    assert [(line.kind, line.text) for line in article.lines] == [
        ("sentence", "En mening. Detta gäller."),
        ("list", "1. Öppna.\n2. Spara."),
    ]
    assert article.lines[1].needs == (1,)
