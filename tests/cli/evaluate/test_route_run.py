"""Tickets through the route, in this process."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from schemas import Article, IncomingTicket
from streams.assembly import Assembly
from streams.cli.evaluate.labelled_ticket import LabelledTicket, TicketLabels
from streams.cli.evaluate.route_run import NotThrough, assembled, through_route
from streams.cli.evaluate.ticket_outcome import TicketOutcome
from streams.errors import ConfigurationError, Refused, Unavailable
from streams.settings import Settings
from tests.support.llm import LlmServer
from tests.support.weaviate import RealWeaviate, connected, delete

SECRET = "Rumpelstiltskin"


def a_ticket(n: int, text: str = "When is a duplicate charge refunded?") -> LabelledTicket:
    """Return the ticket of number *n*."""
    ticket = IncomingTicket(ticket_id=f"T-{n}", raw_message=text)
    return LabelledTicket(ticket, TicketLabels())


class Scripted:
    """A stage that does what a test says."""

    name = "triage"

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.now = self.most = 0

    async def run(self, event: Any) -> Any:
        """Return *event*, or raise what is to be raised."""
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        self.now -= 1
        if self.error:
            raise self.error
        return event


def parts(*stages: Scripted) -> Assembly:
    """Return what has a route of *stages*."""
    return cast(Assembly, SimpleNamespace(route=SimpleNamespace(stages=stages)))


async def test_all_four_stages(articles: Path) -> None:
    """
    A ticket is answered from the articles of a folder, without Kafka; a broken one is named.
    """
    async with assembled(Settings(kafka_brokers="127.0.0.1:1"), articles) as made:
        (found,) = await through_route(made, [a_ticket(1)], at_once=1, done=lambda: None)

    assert isinstance(found, TicketOutcome)
    assert found.cited == ["KB-1"]
    assert found.processed.meta is not None
    assert [*found.processed.meta.stages] == ["triage", "retrieval", "drafting", "policy"]
    assert found.seconds > 0


async def test_a_language_model(articles: Path) -> None:
    """
    With a model, its tokens and their price are those of the ticket.
    """
    async with LlmServer() as llm:
        settings = Settings(
            llm="openai",
            drafts="pointed",
            openai_base_url=llm.url,
            openai_model="test-model",
            openai_prices={"test-model": (1, 2)},
        )
        async with assembled(settings, articles) as made:
            (found,) = await through_route(made, [a_ticket(1)], at_once=1, done=lambda: None)

    assert isinstance(found, TicketOutcome)
    assert found.tokens == llm.tally.billed > 0
    assert found.dollars > 0


@pytest.mark.real
async def test_the_articles_of_the_workers(weaviate: RealWeaviate) -> None:
    """
    Without a folder, tickets are answered from the Weaviate of the settings.
    """
    body = "A duplicate charge is refunded in 5 days."
    async with connected(weaviate, prefix="evaluate-") as kb:
        await kb.put([Article(doc_id="KB-1", title="Refunds", body=body)])
        chosen = Settings(
            knowledge="weaviate",
            weaviate_url=weaviate.url,
            weaviate_grpc_url=weaviate.grpc_url,
            topic_prefix="evaluate-",
        )
        async with assembled(chosen, None) as made:
            (found,) = await through_route(made, [a_ticket(1)], at_once=1, done=lambda: None)
        delete(weaviate, kb.collection)

    assert isinstance(found, TicketOutcome)
    assert found.found == ["KB-1"]


async def test_no_articles(tmp_path: Path) -> None:
    """
    A folder whose articles are all broken is an error, not an empty knowledge base.
    """
    (tmp_path / "broken.md").write_text("---\naudience: nobody\n---\n# Title\n\nText.\n")

    with pytest.raises(ConfigurationError, match="no article that can be read"):
        async with assembled(Settings(), tmp_path):
            pass


async def test_some_at_a_time() -> None:
    """
    No more tickets are under way than may be, they keep their order, and each is reported.
    """
    stage, done = Scripted(), []

    found = await through_route(
        parts(stage, stage), [a_ticket(n) for n in range(9)], at_once=3, done=lambda: done.append(1)
    )

    assert stage.most == 3
    assert len(done) == 9
    ids = [one.labelled.ticket.ticket_id for one in found if isinstance(one, TicketOutcome)]
    assert ids == [f"T-{n}" for n in range(9)]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Unavailable("the model is away"), "triage: Unavailable: the model is away"),
        (ValueError(SECRET), "triage: a bug of ours, ValueError"),
    ],
)
async def test_a_ticket_that_does_not_come_through(error: Exception, reason: str) -> None:
    """
    It is named with the stage and why, without a word of the customer, and the others go on.
    """
    found = await through_route(
        parts(Scripted(error)), [a_ticket(1), a_ticket(2)], at_once=1, done=lambda: None
    )

    assert found == [NotThrough("T-1", reason), NotThrough("T-2", reason)]
    assert SECRET not in str(found)


async def test_a_refusal_ends_the_run() -> None:
    """
    A refused key is refused for every ticket: nobody waits for the rest.
    """
    with pytest.raises(Refused, match="the key"):
        await through_route(
            parts(Scripted(Refused("the key"))), [a_ticket(1)] * 3, at_once=1, done=lambda: None
        )
