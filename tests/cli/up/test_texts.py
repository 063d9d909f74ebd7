"""What `ticketstream up` says before, between and after the tickets."""

from __future__ import annotations

import json
import shlex
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from schemas.ticket import parse_ticket
from streams.cli.up import texts
from streams.cli.up.sources import Sources
from streams.settings import Settings

OWN = BytesIO()
OWN.name = "tickets.jsonl"
KB = Path("docs")


def introduction(kb: Path | None, tickets: BytesIO | None, broken: int = 0, **more: Any) -> str:
    """Return what is said of these articles and tickets, in one line."""
    given = texts.introduction(Settings(**more), Sources(kb, tickets), 1, broken)
    return " ".join(given)


def test_the_sample() -> None:
    """
    A newcomer is told whose articles these are, that tickets come, and what a verdict means.
    """
    said = introduction(None, None)

    assert "1 article of the sample's made-up company, Larkspur." in said
    assert "The tickets of the sample are on their way." in said
    assert "passed: a person may send it as it is" in said
    assert "TAXONOMY" not in said


def test_own_articles_without_tickets() -> None:
    """
    No verdict is explained where none will come.
    """
    said = introduction(KB, None)

    assert "1 article in docs." in said
    assert "No tickets were given" in said
    assert "verdict" not in said


def test_own_tickets_without_articles() -> None:
    """
    Whoever has only tickets is told why few get an answer.
    """
    said = introduction(None, OWN)

    assert "--kb takes your own articles" in said
    assert "The tickets of tickets.jsonl are on their way." in said


@pytest.mark.parametrize(("file", "named"), [(None, True), (Path("own.yaml"), False)])
def test_whose_categories(file: Path | None, named: bool) -> None:
    """
    Own tickets get our categories, which is said, unless there is a taxonomy of one's own.
    """
    said = introduction(KB, OWN, taxonomy_file=file)

    assert ("TICKETSTREAM_TAXONOMY_FILE" in said) is named


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (0, "article in docs."),
        (1, "; 1 broken one is left out."),
        (2, "; 2 broken ones are left out."),
    ],
)
def test_broken_articles(broken: int, said: str) -> None:
    """
    Those that are left out are counted.
    """
    assert said in introduction(KB, OWN, broken)


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "1 line is no ticket and is left out."),
        (1234, "1,234 lines are no tickets and are left"),
    ],
)
def test_broken_lines(count: int, said: str) -> None:
    """
    Lines that are no tickets are counted, and what a line is to be is shown: it is a ticket.
    """
    text = texts.broken_lines(count)

    assert text.startswith(said)
    assert parse_ticket(text[text.index("{") :].encode()).ticket_id == "T-1"


@pytest.mark.parametrize("kb", [None, KB])
def test_the_call_can_be_copied(kb: Path | None) -> None:
    """
    The command that is shown is one for a shell, and what it sends is a ticket.
    """
    text = texts.addresses(Sources(kb), "http://127.0.0.1:8000", "127.0.0.1:9092")
    words = shlex.split(text[text.index("curl") : text.index("Tickets that come in")])

    assert words[:3] == ["curl", "-s", "http://127.0.0.1:8000/api/v1/tickets/process"]
    assert words[words.index("-H") + 1] == "content-type: application/json"
    sent = json.loads(words[words.index("-d") + 1])
    assert sent.keys() == {"ticket_id", "customer_name", "customer_email", "raw_message"}
    assert ("charged twice" in sent["raw_message"]) is (kb is None)
    assert "127.0.0.1:9092" in text
