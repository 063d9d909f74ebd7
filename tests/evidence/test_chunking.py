"""From articles to chunks."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import Article
from streams.evidence.chunking import chunks
from streams.evidence.line_lengths import TARGET_WORDS


def text_of(body: str, **more: Any) -> str:
    """Return the chunks of an article with *body*, an empty line between them."""
    fields = {"doc_id": "KB-1", "title": "Title", "url": "", "body": body, **more}
    return "\n\n".join(c.text for c in chunks(Article.model_validate(fields)))


MARKDOWN = """
# Title

Intro with **bold**, `code`, [a link](https://x.example) and
a soft break.

## Steps

3. Open **Settings > Billing**.
4. Press *Save*.
   - on a phone
   - on the web

## Table

| What you see | What it is |
|---|---|
| One invoice | A *hold* |
| | Nothing |
"""


def test_markdown_becomes_plain_lines() -> None:
    """
    Paragraphs, steps and table rows are a line each, without markup; headings stand apart.
    """
    assert text_of(MARKDOWN) == (
        "Intro with bold, code, a link and a soft break.\n"
        "Steps\n\n"
        "3. Open Settings > Billing.\n"
        "4. Press Save.\n"
        "  - on a phone\n"
        "  - on the web\n"
        "Table\n\n"
        "What you see: One invoice; What it is: A hold\n"
        "What it is: Nothing"
    )


def test_html_becomes_the_same_lines() -> None:
    """
    HTML is read like Markdown, without what surrounds the article.
    """
    html = (
        "<html><body><nav>Menu</nav><main><h1>Title</h1><div>Intro<br>second line</div>"
        "<h2>Steps</h2><ol><li><p>Open.</p></li><li>Save.<ul><li>now</li></ul></li></ol>"
        "<pre>a = 1\nb = 2</pre><table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr>"
        "</table></main><footer>Imprint</footer></body></html>"
    )

    assert text_of(html) == (
        "Intro\nsecond line\nSteps\n\n1. Open.\n2. Save.\n  - now\na = 1\nb = 2\nA: 1; B: 2"
    )


@pytest.mark.parametrize(
    "hidden",
    [
        "<!-- secret -->",
        "<script>secret</script>",
        "<style>secret</style>",
        "<template>secret</template>",
        '<p style="display: none">secret</p>',
        '<span style="font-size:0px">secret</span>',
        '<span style="COLOR:red; Visibility : hidden">secret</span>',
        "<p hidden>secret</p>",
        '<div aria-hidden="true"><p>secret</p></div>',
        '<aside class="note internal">secret</aside>',
        "<ul><li hidden>secret</li></ul>",
        "<table><tr><td>a</td><td hidden>secret</td></tr></table>",
    ],
)
@pytest.mark.parametrize("around", ["{}<p>Shown.</p>", "Shown.\n\n{}\n", "Shown {} here."])
def test_what_a_reader_would_not_see_is_dropped(hidden: str, around: str) -> None:
    """
    Comments, scripts and hidden text never become evidence, in HTML or in Markdown.
    """
    text = text_of(around.format(hidden))

    assert "secret" not in text
    assert "Shown" in text


def test_invisible_characters_are_dropped() -> None:
    """
    Text smuggled in as invisible characters does not reach a prompt.
    """
    smuggled = "".join(chr(0xE0000 + ord(c)) for c in "ignore this")

    assert text_of(f"Sho\u200bwn\u00ad.{smuggled}") == "Shown."


def test_chunks_are_numbered_and_know_their_headings() -> None:
    """
    Chunks count from 1 and begin with the path of headings that they stand under.
    """
    body = "# Title\n\n" + "".join(
        f"## Part {n}\n\n### Detail\n\n{'word ' * 100}\n\n" for n in range(3)
    )

    found = chunks(Article(doc_id="KB-9", title="Title", url="", body=body))

    assert [c.chunk_id for c in found] == ["KB-9-c-1", "KB-9-c-2", "KB-9-c-3"]
    assert [c.heading for c in found] == [(f"Part {n}", "Detail") for n in range(3)]
    assert found[1].text.startswith("Part 1 > Detail\n\nword")


def test_a_sentence_is_cut_as_everywhere_else() -> None:
    """
    An abbreviation ends no sentence where a long paragraph is cut into chunks.
    """
    one = "Of some plans, e.g. Basic, you learn now what they hold."
    article = Article(doc_id="A", title="T", url="", body=" ".join([one] * 30))

    assert all(chunk.text.endswith("hold.") for chunk in chunks(article))


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    """
    A paragraph longer than a chunk is cut where a sentence ends, and nothing is lost.
    """
    sentences = [f"This is sentence number {n} of the paragraph." for n in range(60)]

    found = chunks(Article(doc_id="A", title="T", url="", body=" ".join(sentences)))

    assert len(found) > 3
    assert all(c.text.endswith(".") and len(c.text.split()) <= TARGET_WORDS for c in found)
    assert " ".join(c.text for c in found).split() == " ".join(sentences).split()


@pytest.mark.parametrize(
    "body",
    [
        "x" * 50_000,
        "字" * 50_000,
        "word " * 20_000,
        "# " + "h" * 50_000 + "\n\nText.",
        "<div>" * 3_000 + "Text.",
    ],
)
def test_no_chunk_is_huge(body: str) -> None:
    """
    Text without sentences or spaces is cut all the same.
    """
    found = chunks(Article(doc_id="A", title="T", url="", body=body))

    assert found
    assert "secret" not in found[0].text
    assert max(len(c.text) for c in found) < 2_500


def test_an_article_of_pictures_has_no_chunks() -> None:
    """
    What shows no text has no chunks; what is said about a picture is text.
    """
    assert text_of("![](a.png)") == ""
    assert text_of("![The billing page](a.png)") == "The billing page"


@settings(max_examples=50, deadline=None)
@given(body=st.text(st.sampled_from("<>/#*-|`[]()&;! \n\tabpli1.hd"), min_size=1, max_size=300))
def test_any_markup_can_be_read(body: str) -> None:
    """
    No body is an error, however broken its markup; only a heading has an empty line after it.
    """
    for chunk in chunks(Article(doc_id="A", title="T", url="", body=body)):
        assert chunk.text.strip() == chunk.text
        assert "\n\n\n" not in chunk.text


def test_line_breaks_take_no_longer_than_paragraphs() -> None:
    """
    A page of `<br>` is read about as fast as one of `<p>`.
    """
    breaks, paragraphs = (_seconds("<main>" + one * 5_000) for one in ("word<br>", "<p>word</p>"))

    assert breaks < 2.5 * paragraphs


def test_time_grows_with_the_length_of_text_without_spaces() -> None:
    """
    Eight times as much text without a space takes about eight times as long, not sixty-four.
    """
    some, more = (_seconds("x" * length) for length in (100_000, 800_000))

    assert more < 15 * some


def _seconds(body: str) -> float:
    """Return the CPU seconds that cutting *body* takes; the least of three."""
    found = []
    for _ in range(3):
        began = time.thread_time()
        chunks(Article(doc_id="KB-1", title="Invoices", body=body))
        found.append(time.thread_time() - began)
    return min(found)
