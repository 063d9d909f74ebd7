"""Inputs through the route, each with its articles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from streams.cli.evaluate.reading_outcome import ReadingOutcome
from streams.cli.evaluate.reading_run import outcomes_of
from streams.cli.evaluate.ticket_outcome import TicketOutcome
from streams.errors import ConfigurationError
from streams.settings import Settings
from tests.support.reading_cases import a_check, a_reading_case, with_article


async def made_of(kb: Path, *rows: dict[str, Any]) -> list[ReadingOutcome]:
    """Return what becomes of the cases of *rows*, whose settings ask for another knowledge base."""
    cases = [(f"cases.jsonl, line {n}", a_reading_case(**row)) for n, row in enumerate(rows, 1)]
    settings = Settings(kafka_brokers="127.0.0.1:1", knowledge="weaviate")
    done: list[int] = []
    found = await outcomes_of(settings, cases, kb, at_once=2, done=lambda: done.append(1))
    assert len(done) == len(cases)
    return found


def cited(one: ReadingOutcome) -> list[str]:
    """Return the articles that the draft cites."""
    assert isinstance(one.made, TicketOutcome)
    return one.made.cited


async def test_each_with_its_articles(articles: Path) -> None:
    """
    Articles of an input are for it alone, the others have those of the folder; order is kept.
    """
    charge = {"raw_message": "When is a duplicate charge refunded?"}
    own = with_article()
    first, second, third, fourth = await made_of(
        articles,
        {"input": own},
        {"input": charge},
        {"input": {**own, "ticket": charge}},
        {"input": own["ticket"]},
    )

    assert cited(first) == ["ZZ-1"]
    assert cited(second) == ["KB-1"]
    assert cited(third) == []
    assert cited(fourth) == []


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("zebu.md", "---\naudience: nobody\n---\n# Title\n\nRumpelstiltskin.\n", "zebu.md: "),
        ("zebu.rst", "Rumpelstiltskin", "no article in it"),
    ],
)
async def test_an_article_that_is_not_taken(
    name: str, content: str, said: str, articles: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    It is named by case and file, without its text, and the ticket is answered without it.
    """
    (only,) = await made_of(articles, {"input": with_article(content, name)})

    told = capsys.readouterr().err
    assert cited(only) == []
    assert told.startswith("cases.jsonl, line 1: ")
    assert said.split(":")[0] in told
    assert "Rumpelstiltskin" not in told


async def test_no_ticket(articles: Path) -> None:
    """
    What is no ticket is a dead letter, and the next one goes on.
    """
    outcome = {"expected": [a_check("outcome", "equals", "processed")]}
    first, second = await made_of(articles, outcome, {})

    assert first.end == "dead letter: ticket_id: Field required"
    assert second.end == "processed"


async def test_no_articles(tmp_path: Path) -> None:
    """
    A folder without articles is an error if an input needs it.
    """
    with pytest.raises(ConfigurationError, match="no article"):
        await made_of(tmp_path, {})
