"""What Markdown files and pictures say is there, is."""

from __future__ import annotations

import hashlib
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from schemas import topics
from streams.cli import exit_codes, main
from streams.pipeline import STAGES
from tests.support import readme

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(ROOT.glob("*.md"))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_relative_links_lead_somewhere(document: Path) -> None:
    """
    Each goes to a file that is there, and to a heading that is in it.
    """
    for link in links(document):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, heading = link.partition("#")
        target = (document.parent / file) if file else document
        assert target.exists(), link
        assert not heading or heading in anchors(target), link


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_files_that_are_named_are_there(document: Path) -> None:
    """
    A path in backticks, from the top of the repository, is a file or folder of it.
    """
    tops = "|".join(path.name for path in ROOT.iterdir() if path.is_dir())
    for path in re.findall(rf"`((?:{re.escape(tops)}|tests)/[\w./-]*)`", document.read_text()):
        assert (ROOT / path).exists(), path


def test_the_readme_shows_what_is() -> None:
    """
    Settings and programs in the README are those in the code: `make readme` writes nothing.
    """
    text = readme.README.read_text()

    assert readme.written(text) == text
    shown = set(re.findall(r"<!-- begin:(\S+) -->", text))
    programs = [p for p in (ROOT / "deploy" / "examples").rglob("*") if is_program(p)]
    assert shown == {"settings"} | {str(p.relative_to(ROOT)) for p in programs}


def is_program(path: Path) -> bool:
    """Say whether *path* is an example that the README must show."""
    return path.suffix in (".py", ".js", ".java") and "node_modules" not in path.parts


def test_exit_codes() -> None:
    """
    The README has the codes that commands end with, in the words of `--help`.
    """
    text = readme.README.read_text()
    documented = dict(re.findall(r"^\| (\d+) \| (.+) \|$", text.replace("`", ""), re.MULTILINE))
    helped = dict(re.findall(r"^  (\d+) +(.+)$", main._EPILOG, re.MULTILINE))
    codes = {v for name, v in vars(exit_codes).items() if name.isupper() and isinstance(v, int)}

    assert documented.items() >= helped.items()
    assert {int(code) for code in helped} == codes


def test_metrics() -> None:
    """
    Metrics that the README tells an operator to watch exist.
    """
    defined = (ROOT / "streams" / "metrics.py").read_text()
    named = set(re.findall(r"`(ticketstream_\w+)`", readme.README.read_text()))

    assert named
    assert {name for name in named if f'"{name}"' not in defined} == set()


def test_make_targets() -> None:
    """
    CONTRIBUTING.md tells of all targets of the Makefile but those that it is told by.
    """
    defined = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    told = set(re.findall(r"make ([a-z-]+)", (ROOT / "CONTRIBUTING.md").read_text()))

    assert told == defined - {"help"}


def test_the_picture_has_every_topic_and_stage() -> None:
    """
    It is well-formed, light and dark, and names what the code names.
    """
    source = (ROOT / "deploy" / "flow.svg").read_text()
    said = [e.text for e in ElementTree.fromstring(source).iter() if e.text]  # noqa: S314  # ours

    assert {topic.name for topic in topics.ALL} | set(STAGES) <= set(said)
    assert "prefers-color-scheme: dark" in source


def test_the_licence_is_apache_2() -> None:
    """
    Its text is the Apache Software Foundation's, to the letter.
    """
    digest = hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest()

    assert digest == "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"


def links(document: Path) -> Iterator[str]:
    """Yield where the links and pictures of a Markdown file lead."""
    for token in MarkdownIt().parse(document.read_text()):
        for inner in token.children or ():
            if where := inner.attrGet("href") or inner.attrGet("src"):
                yield str(where)


def anchors(document: Path) -> set[str]:
    """Return the anchors that GitHub gives the headings of a Markdown file."""
    tokens = MarkdownIt().parse(document.read_text())
    return {slug(text) for opening, text in pairwise(tokens) if opening.type == "heading_open"}


def slug(heading: Token) -> str:
    """Return the anchor of a heading: lower case, no punctuation, blanks as hyphens."""
    return re.sub(r"[^\w\- ]", "", heading.content.lower()).replace(" ", "-")
