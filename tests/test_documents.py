"""What Markdown files and pictures say is there, is."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from configparser import ConfigParser
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt

from schemas import Event, IncomingTicket, topics
from streams.assembly import Assembly
from streams.backends.embedded.knowledge import EmbeddedKnowledge
from streams.cli import exit_codes
from streams.definitions.policy_rules import load_policy
from streams.definitions.signals import load_signals
from streams.definitions.voice import load_voice
from streams.pipeline import STAGES
from streams.settings import Settings
from tests.support import documents
from tests.support.documents import PAGES, ROOT

DOCS = ROOT / "docs"
README_LINES = 200
"""The README is a door, and `docs/` the house."""

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@every_page
def test_relative_links_lead_somewhere(page: Path) -> None:
    """
    Each goes to a file that is there, and to a heading that is in it.
    """
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, heading = link.partition("#")
        target = (page.parent / file) if file else page
        assert target.exists(), link
        assert not heading or heading in anchors(target), link


@every_page
def test_files_that_are_named_are_there(page: Path) -> None:
    """
    A path in backticks, from the top of the repository, is a file or folder of it.
    """
    tops = "|".join(re.escape(path.name) for path in ROOT.iterdir() if path.is_dir())
    for path in re.findall(rf"`((?:{tops})/[\w./-]*)`", page.read_text()):
        assert (ROOT / path).exists(), path


@every_page
def test_modules_that_are_named_are_there(page: Path) -> None:
    """
    What `python -m` is called with, in a sentence, is a module of the repository.
    """
    for module in re.findall(r"python -m ((?:bench|tests)[\w.]+)", page.read_text()):
        path = ROOT.joinpath(*module.split("."))
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module


def test_decisions_that_the_code_names_are_there() -> None:
    """
    Where a docstring refers to a page and its heading, `docs/design/delivery.md, "Identity"`, that
    heading is in it.
    """
    named: set[tuple[str, str]] = set()
    for module in (
        m for top in ("streams", "health", "schemas") for m in (ROOT / top).rglob("*.py")
    ):
        said = " ".join(module.read_text().split())
        named |= set(re.findall(r'([\w/-]+\.md), "([^"]+)"', said))

    assert named
    assert {(page, title) for page, title in named if title not in headings(ROOT / page)} == set()


@every_page
def test_generated_tables_are_those_of_the_code(page: Path) -> None:
    """
    Settings, topics, metrics and exit codes are as they are: `make docs-generated` writes nothing.
    """
    text = page.read_text()

    assert documents.written(text) == text


def test_each_generated_table_is_shown() -> None:
    """
    No table is made for nobody.
    """
    shown = [name for page in PAGES for name in re.findall(r"begin:(\S+) -->", page.read_text())]

    assert sorted(shown) == sorted(documents.TABLES)


def test_each_example_program_is_shown() -> None:
    """
    A page includes each program of deploy/examples from its file, so the two are the same.
    """
    examples = ROOT / "deploy" / "examples"
    programs = {str(p.relative_to(ROOT)) for p in examples.rglob("*") if is_program(p)}
    included = {
        i for page in PAGES for i in re.findall(r'--8<-- "(deploy/examples.+)"', page.read_text())
    }

    assert included == programs


def is_program(path: Path) -> bool:
    """Say whether *path* is an example that a page must show."""
    return path.suffix in (".py", ".js", ".java") and "node_modules" not in path.parts


def test_the_readme_is_short() -> None:
    """
    It says what this is and leads to the pages; they say the rest.
    """
    assert len((ROOT / "README.md").read_text().splitlines()) <= README_LINES


def test_the_readme_leads_to_the_documentation() -> None:
    """
    Each page outside docs/design is one click away.
    """
    linked = {link for link in links(ROOT / "README.md") if link.startswith("docs/")}
    copies = {"docs/index.md", "docs/changelog.md", "docs/privacy/security.md"}
    pages = {str(p.relative_to(ROOT)) for p in DOCS.rglob("*.md") if p.parent.name != "design"}

    assert pages - copies <= linked


@pytest.mark.parametrize("section", ["Run", "Configure", "Integrate", "Privacy"])
def test_the_readme_names_pages_as_the_site_does(section: str) -> None:
    """
    A row of the README has the pages of a section of the site, in its order and by its names.
    """
    (row,) = re.findall(rf"^\| {section} \| (.*) \|$", (ROOT / "README.md").read_text(), re.M)
    nav = yaml.safe_load((ROOT / "mkdocs.yml").read_text())["nav"]
    (pages,) = (part[section] for part in nav if section in part)

    assert re.findall(r"\[([^\]]+)\]", row) == [name for page in pages for name in page]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the site that `make docs` builds."""
    folder = tmp_path_factory.mktemp("site")
    of_make = ("MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS", "MAKELEVEL")
    done = subprocess.run(
        ["make", "docs", f"SITE={folder}"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name not in of_make},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_site_has_every_page(site: Path) -> None:
    """
    `make docs` builds all of docs/, and the search.
    """
    built = {str(p.relative_to(site).with_suffix(".md")) for p in site.rglob("*.html")}

    assert built - {"404.md"} == {str(p.relative_to(DOCS)) for p in DOCS.rglob("*.md")}
    assert (site / "search" / "search_index.json").exists()


def test_the_site_loads_nothing_from_another_host(site: Path) -> None:
    """
    Its pages work where there is no internet, and tell nobody who reads them.
    """
    for page in site.rglob("*.html"):
        soup = BeautifulSoup(page.read_text(), "lxml")
        loaded = [str(tag["src"]) for tag in soup.find_all(src=True)]
        loaded += [str(tag["href"]) for tag in soup.find_all("link", href=True)]
        assert loaded
        assert [link for link in loaded if re.match(r"([a-z]+:)?//", link)] == []
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import )[\"']?(https?:)?//", sheet.read_text()), sheet


@pytest.mark.parametrize(
    "broken",
    ["[a](nowhere.md)", "[a](#nowhere)", "[a](guarantees.md#nowhere)", '--8<-- "nowhere.py"'],
)
def test_a_broken_link_fails_the_build(tmp_path: Path, broken: str) -> None:
    """
    A page, an anchor or a program that is not there is an error of `make docs`.
    """
    configuration = (ROOT / "mkdocs.yml").read_text()
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "guarantees.md").write_text("# Guarantees\n")
    (tmp_path / "docs" / "index.md").write_text(f"# Home\n\n{broken}\n")
    pages = "nav: [index.md, guarantees.md]\n"
    (tmp_path / "mkdocs.yml").write_text(configuration.partition("\nnav:")[0] + "\n" + pages)

    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )

    assert done.returncode != 0
    assert "nowhere" in done.stdout + done.stderr


def test_where_customer_text_lives() -> None:
    """
    The page names every topic, with the age that `ticketstream topics` gives it.
    """
    page = (DOCS / "privacy" / "customer-text.md").read_text()
    said = dict(re.findall(r"^\| `([\w-]+)` \|.*\| (\d+|–) \|$", page, re.MULTILINE))

    ages = {topic.name: documents.kept_days(topic) for topic in topics.ALL}
    assert said == {name: str(days) if days else "–" for name, days in ages.items()}


async def test_what_of_a_ticket_its_result_has() -> None:
    """
    The draft and questions left open quote subject, text and name. What the publisher adds
    travels along, as the page says; earlier messages, attachments and the address do not.
    """
    text = ("raw_message", "subject", "customer_name", "channel", "tenant", "language")
    ids = ("ticket_id", "message_id", "customer_id")
    marked = {name: f"MARK{name.replace('_', '')}" for name in (*text, *ids, "brand", "region")}
    event: Event = IncomingTicket(
        **{**marked, "raw_message": f"How do I get a refund? {marked['raw_message']}"},
        customer_email="MARKaddress@example.com",
        previous_messages=({"role": "customer", "text": "MARKearlier"},),
        attachments=({"name": "MARKfile", "text": "MARKattached"},),
        metadata={"a": "MARKmetadata"},
    )
    async with Assembly(Settings(), EmbeddedKnowledge()) as parts:
        for stage in parts.route.stages:
            event = await stage.does(event)

    found = set(re.findall("MARK[a-z]+", event.model_dump_json()))
    assert {"MARKmetadata", "MARKbrand", "MARKregion"} <= found
    assert found <= {"MARKmetadata", *(made for name, made in marked.items() if name != "channel")}
    page = (DOCS / "privacy" / "customer-text.md").read_text()
    assert "`metadata`, fields of a ticket that are not in our schema, and the headers" in page


def test_a_topic_without_customers_text() -> None:
    """
    Only kb-articles may be kept for ever: no other topic is without an age.
    """
    assert [t.name for t in topics.ALL if t.retention_ms is None] == [topics.ARTICLES.name]


def test_overrides_of_private_parts() -> None:
    """
    The page on upstream libraries lists each attribute that a class of ours overrides there.
    """
    page = (DOCS / "design" / "upstream.md").read_text()
    listed = set(re.findall(r"`([A-Za-z_]+\.\w+)`", page))

    found = {name for module in OVERRIDING for name in overrides(import_module(module))}
    assert found
    assert found <= listed
    ours = {name.partition(".")[0] for name in found}
    assert {name for name in listed if name.partition(".")[0] in ours} <= found


def test_issues_that_overrides_wait_for() -> None:
    """
    The page and the comment `# Upstream:` beside an override name the same issue.
    """
    page = (DOCS / "design" / "upstream.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    found = [
        one
        for folder in ("faust_driver", "backends/kafka")
        for module in (ROOT / "streams" / folder).glob("*.py")
        for one in upstream(module)
    ]

    assert found
    for override, issue in found:
        told = [row for row in rows if f"`{override}" in row]
        assert told, override
        assert all(issue in row for row in told), (override, issue)


def upstream(module: Path) -> Iterator[tuple[str, str]]:
    """Yield `Class.attribute`, or a class's `Class.`, and the issue that its comment names."""
    owner = waits = ""
    for line in module.read_text().splitlines():
        if said := re.match(r" *# Upstream: (?:[\w-]+/[\w-]+(#\d+)|(no issue is known)):", line):
            waits = said[1] or said[2]
        elif made := re.match(r"class (\w+)|    (?:async )?def (\w+)", line):
            owner = made[1] or owner
            name = made[2] or ""
            if waits:
                yield f"{owner}.{name}" if not name.startswith("__") else owner, waits
            waits = ""


OVERRIDING = (
    "streams.faust_driver.app",
    "streams.faust_driver.assignor",
    "streams.faust_driver.consumer",
    "streams.faust_driver.consumer_thread",
    "streams.faust_driver.group_member",
    "streams.backends.kafka.login",
    "streams.backends.kafka.records",
    "health.http.connections",
)
"""The modules with classes that are made of other libraries' private parts."""
MADE_BY_LIBRARIES = {"logger", "_is_protocol", "_abc_impl"}
"""Attributes that a base class gives to each of its subclasses."""


def overrides(module: ModuleType) -> Iterator[str]:
    """Yield `Class.attribute` for what *module*'s classes override of other projects' classes."""
    for name, made in vars(module).items():
        if not isinstance(made, type) or made.__module__ != module.__name__:
            continue
        bases = [base for base in made.__mro__ if is_foreign(base)]
        for attribute in vars(made):
            if attribute.startswith("__") or attribute in MADE_BY_LIBRARIES:
                continue
            if any(attribute in vars(base) for base in bases):
                yield f"{name}.{attribute}"


def is_foreign(base: type) -> bool:
    """Say whether *base* is another project's, and not Python's own."""
    top = base.__module__.partition(".")[0]
    return top not in ("streams", "health", "schemas") and top not in sys.stdlib_module_names


def test_the_map_has_every_package() -> None:
    """
    ARCHITECTURE.md places each module and folder of `streams`, and the folders beside it.
    """
    page = (ROOT / "ARCHITECTURE.md").read_text()
    placed = set(re.findall(r"`((?:streams|schemas|health|bench)/[\w/]*(?:\.py)?)`", page))

    assert {f"streams/{name}" for name in parts(ROOT / "streams")} <= placed
    assert {"schemas/", "health/", "bench/"} <= placed


def parts(package: Path) -> Iterator[str]:
    """Yield the names of a package's modules, and of its folders with a slash."""
    for path in package.iterdir():
        if (path / "__init__.py").exists():
            yield f"{path.name}/"
        elif path.suffix == ".py" and path.name != "__init__.py":
            yield path.name


def test_the_layers_are_those_that_are_checked() -> None:
    """
    ARCHITECTURE.md shows the layers of .importlinter, in their order.
    """
    page = (ROOT / "ARCHITECTURE.md").read_text()
    shown = [set(re.findall(r"`(\w+)`", row)) for row in re.findall(r"\| \d+ \| (.*) \|", page)]
    rules = ConfigParser()
    rules.read(ROOT / ".importlinter")
    layers = rules["importlinter:contract:down"]["layers"].split("\n")[1:]

    assert shown == [set(re.findall(r"\w+", layer)) for layer in layers]


def test_the_example_of_signals(tmp_path: Path) -> None:
    """
    The file of the page gives its signal, and takes it back, as the page says.
    """
    file = tmp_path / "signals.yaml"
    file.write_text(example("configure/signals.md"))
    told = load_signals(file)

    assert told.given("The web site is down!") == ("outage",)
    assert told.given("Der Dienst ist nicht erreichbar.") == ("outage",)
    assert told.given("I see no site is down, so what is it?") == ()
    assert told.given("Whom do I call if the site is down?") == ()


def test_the_example_of_a_rule(tmp_path: Path) -> None:
    """
    The rule of the page is one, and applies.
    """
    file = tmp_path / "policy.yaml"
    file.write_text(f"version: '1'\nrules:\n{example('configure/policy.md')}")
    policy = load_policy(file)

    assert [r.id for r in policy.objections("We can guarantee that.", "draft", "neutral")] == [
        "guarantee"
    ]


def test_the_example_of_a_voice(tmp_path: Path) -> None:
    """
    The file of the page is one: its brands speak as it says.
    """
    file = tmp_path / "voice.yaml"
    file.write_text(example("configure/voice.md"))
    voice = load_voice(file)

    assert voice.speaking("en").closing("any").endswith("Harbor Bank Support Team")
    assert voice.speaking("de", "Buoy").closing("any").endswith("Dein Team von Buoy")
    assert voice.speaking("de", "Buoy").lead_in(range(1)) == "Zu deiner ersten Frage:"


def example(page: str) -> str:
    """Return the only block of YAML on *page* of docs/."""
    (found,) = re.findall(
        r"^```yaml\n(.*?)^```", (DOCS / page).read_text(), re.DOTALL | re.MULTILINE
    )
    return str(found)


def test_exit_codes() -> None:
    """
    `--help`, and so the documentation, has all codes that commands end with.
    """
    codes = {v for name, v in vars(exit_codes).items() if name.isupper() and isinstance(v, int)}

    assert {int(code) for code in documents.exit_codes()} == codes


@every_page
def test_metrics(page: Path) -> None:
    """
    Metrics that a page tells an operator to watch exist.
    """
    table = (DOCS / "run" / "metrics.md").read_text()
    exist = set(re.findall(r"^\| `(ticketstream_\w+)`", table, re.MULTILINE))

    assert exist
    assert set(re.findall(r"`(ticketstream_\w+)`", page.read_text())) <= exist


@every_page
def test_settings(page: Path) -> None:
    """
    Settings that a page names exist.
    """
    table = (DOCS / "configure" / "settings.md").read_text()
    exist = set(re.findall(r"^\| `(TICKETSTREAM_\w+)`", table, re.MULTILINE))

    assert exist
    assert set(re.findall(r"\b(TICKETSTREAM_[A-Z][A-Z_]+[A-Z])\b", page.read_text())) <= exist


def test_make_targets() -> None:
    """
    CONTRIBUTING.md tells of all targets of the Makefile but those that it is told by.
    """
    defined = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    told = set(re.findall(r"make ([a-z-]+)", (ROOT / "CONTRIBUTING.md").read_text()))

    assert told == defined - {"help"}


def test_the_changelog_begins_with_this_version() -> None:
    """
    What is installed is what the newest section is about.
    """
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    sections = re.findall(
        r"^## (\S+) - \d{4}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE
    )

    assert sections[0] == version


def test_the_picture_has_every_topic_and_stage() -> None:
    """
    It is well-formed, light and dark, and names what the code names.
    """
    source = (DOCS / "flow.svg").read_text()
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
    for token in MarkdownIt().enable("table").parse(document.read_text()):
        for inner in token.children or ():
            if where := inner.attrGet("href") or inner.attrGet("src"):
                yield str(where)


def anchors(document: Path) -> set[str]:
    """Return the anchors that GitHub gives the headings of a Markdown file."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings(document)
    }


def headings(document: Path) -> set[str]:
    """Return the headings of a Markdown file."""
    tokens = MarkdownIt().parse(document.read_text())
    return {text.content for opening, text in pairwise(tokens) if opening.type == "heading_open"}
