"""Which articles and tickets `up` takes."""

from __future__ import annotations

import json
from pathlib import Path
from secrets import token_hex

from schemas import ProcessedTicket
from tests.cli.up.conftest import up


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
