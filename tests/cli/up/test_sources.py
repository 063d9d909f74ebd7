"""Which articles and tickets `up` takes."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

import pytest

from schemas import ProcessedTicket
from schemas.topics import ARTICLES
from streams.cli.up.sources import Sources, publish_articles, sample_folder
from streams.errors import ConfigurationError
from streams.settings import Settings
from tests.cli.up.conftest import up
from tests.support.stages import read


def a_file(name: str) -> BinaryIO:
    """Return an open file with this *name*."""
    file = BytesIO()
    file.name = name
    return file


def test_whose_results_are_known() -> None:
    """
    Only the sample whole has results that people have labelled.
    """
    assert Sources().is_sample
    assert not Sources(kb=Path("docs")).is_sample
    assert not Sources(tickets=a_file("own")).is_sample


@pytest.mark.parametrize(
    ("tickets", "name"),
    [(None, "the sample"), (a_file("<stdin>"), "standard input"), (a_file("t.jsonl"), "t.jsonl")],
)
def test_what_a_file_is_called(tickets: BinaryIO | None, name: str) -> None:
    """
    Where a line is broken its file is named, in words where it has no name.
    """
    assert Sources(tickets=tickets).name_of_tickets == name


def test_which_tickets() -> None:
    """
    Own tickets stay open for who gave them; own articles get none of the sample's.
    """
    own = a_file("own")

    with Sources(tickets=own).open_tickets() as opened:
        assert opened is own
    assert not own.closed
    with Sources(kb=Path("docs")).open_tickets() as none:
        assert none is None
    with Sources().open_tickets() as of_the_sample:
        assert of_the_sample
        assert json.loads(of_the_sample.readline()).keys() >= {"ticket_id", "raw_message"}
    assert of_the_sample.closed


async def test_broken_articles_are_named(
    settings: Settings, own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    The good ones are published under their ids; broken ones, and one that is too large, are not.
    """
    large = "---\ndoc_id: SHOP-3\n---\n# A\n\n" + "much too long " * 100_000
    (own / "kb" / "large.md").write_text(large)

    counted = await publish_articles(settings, Sources(kb=own / "kb"))

    assert counted == (1, 2)
    (record,) = await read(settings, ARTICLES, 1)
    assert record.key == b"SHOP-1"
    said = capsys.readouterr().err
    assert "broken.md, line 3: audience" in said
    assert "large.md" in said


async def test_no_article_at_all(settings: Settings, own: Path) -> None:
    """
    A knowledge base without an article is a mistake, and no start without one.
    """
    with pytest.raises(ConfigurationError, match="no article that can be read"):
        await publish_articles(settings, Sources(kb=own / "kb" / "broken.md"))


async def test_the_sample(settings: Settings) -> None:
    """
    Each of the sample's articles can be published.
    """
    good, broken = await publish_articles(settings, Sources())

    assert good == len(list((sample_folder() / "kb").iterdir()))
    assert broken == 0


def test_own_articles_and_tickets(environment: dict[str, str], own: Path) -> None:
    """
    The user's tickets meet the user's articles; broken ones are named, and the code is 1.
    """
    options = ("--kb", str(own / "kb"), "--tickets", str(own / "tickets.jsonl"))
    with up(environment, "--once", *options) as process:
        out, said = process.communicate(timeout=90)

    (ticket,) = (ProcessedTicket.model_validate_json(line) for line in out.splitlines())
    assert process.returncode == 1
    assert [cited.doc_id for cited in ticket.citations] == ["SHOP-1"]
    assert "broken.md, line 3: audience" in said
    assert "tickets.jsonl, line 2: " in said
    assert "1 article in" in said
    assert "1 broken one is left out" in said
    assert "1 ticket came out" in said
    assert "labels" not in said


def test_own_tickets_on_standard_input(environment: dict[str, str], own: Path) -> None:
    """
    Tickets may come through a pipe; without articles of their own they meet the sample's.
    """
    with (
        (own / "tickets.jsonl").open("rb") as tickets,
        up(environment, "--once", "--tickets", "-", stdin=tickets) as process,
    ):
        out, said = process.communicate(timeout=90)

    assert [json.loads(line)["ticket_id"] for line in out.splitlines()] == ["A-1"]
    assert process.returncode == 1
    assert "standard input, line 2: " in said
    assert "the sample's made-up company" in said
    assert "--kb takes your own articles" in said


def test_more_articles_than_fit(environment: dict[str, str], tmp_path: Path) -> None:
    """
    Articles that the embedded Kafka would forget are refused, with the way out: exit code 2.
    """
    file = tmp_path / "articles.jsonl"
    with file.open("w") as lines:
        for n in range(200):
            article = {"doc_id": f"D-{n}", "title": "T", "url": "", "body": token_hex(30_000)}
            lines.write(json.dumps(article) + "\n")
    with up(environment, "--kb", str(file)) as process:
        out, said = process.communicate(timeout=90)

    assert (process.returncode, out) == (2, "")
    assert "200 articles of 12." in said
    assert "more than the embedded Kafka keeps" in said
    assert "ticketstream kb load" in said
