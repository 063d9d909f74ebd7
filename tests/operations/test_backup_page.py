"""The steps of docs/run/backup.md: from one Kafka to an empty one, and a new index."""

from __future__ import annotations

import json
import shutil
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from schemas.topics import ALL
from streams.backends.kafka.embedded_broker import EmbeddedBroker
from streams.collection_names import collection_name
from streams.settings import Settings
from tests.support.command_line import SAMPLE, walked
from tests.support.documents import ROOT, commands
from tests.support.machine import needs_real_servers
from tests.support.process import ticketstream
from tests.support.weaviate import RealWeaviate

KEEP, LOAD, LOOK, OPEN_TICKETS, REBUILD = commands("docs/run/backup.md")
TICKETS = (SAMPLE / "tickets.jsonl").read_text().splitlines(keepends=True)


def test_articles_and_open_tickets_come_back(tmp_path: Path) -> None:
    """
    What was kept is loaded into an empty Kafka, and tickets are answered there as before.
    """
    with EmbeddedBroker(Settings()) as broker:
        before = Settings(kafka_brokers=broker.brokers, log_level="error")
        walked("ticketstream kb load deploy/sample/kb", before)
        walked(KEEP, before, tmp_path)
    (tmp_path / "tickets.jsonl").write_text("".join(TICKETS[:3]))
    with EmbeddedBroker(Settings()) as broker:
        after = Settings(kafka_brokers=broker.brokers, log_level="error")
        loaded = walked(LOAD, after, tmp_path)
        with ticketstream("worker", settings=after):
            walked(LOOK, after)
            walked(OPEN_TICKETS, after, tmp_path)
            results = walked("ticketstream tail --from-beginning --count 3", after).stdout

    assert '{"loaded": 36, "unchanged": 0' in loaded.stdout
    rows = [json.loads(line) for line in results.splitlines()]
    assert {row["ticket_id"] for row in rows} == {json.loads(t)["ticket_id"] for t in TICKETS[:3]}
    assert any(row["citations"] for row in rows)
    settings = (tmp_path / "check.jsonl").read_text()
    assert '"concurrency"' in settings.lower() or "TICKETSTREAM_CONCURRENCY" in settings


@pytest.mark.real
@pytest.mark.timeout(600)
def test_the_index_is_rebuilt(tmp_path: Path) -> None:
    """
    A collection that is deleted is made and filled again by the workers that run.
    """
    needs_real_servers()
    with EmbeddedBroker(Settings()) as broker, RealWeaviate() as weaviate:
        settings = Settings(
            kafka_brokers=broker.brokers,
            knowledge="weaviate",
            weaviate_url=weaviate.url,
            weaviate_grpc_url=weaviate.grpc_url,
            log_level="error",
        )
        walked("ticketstream kb load deploy/sample/kb", settings)
        with ticketstream("worker", "--stage=retrieval", settings=settings):
            filled = passages(weaviate)
            walked(REBUILD.replace("http://localhost:8080", weaviate.url), settings)
            assert passages(weaviate) == filled
            said = walked("ticketstream check", settings).stdout
        search = walked('ticketstream kb search "charged twice"', settings).stdout

    assert REBUILD.endswith(f"/{collection_name()}")
    assert f"{filled} passages in {collection_name()}" in said
    assert json.loads(search.splitlines()[0])["id"].startswith("KB-1001")


def passages(weaviate: RealWeaviate, most_seconds: float = 240) -> int:
    """Return how many passages there are, once there are some and no more come."""
    seen, until = [0, 0], time.monotonic() + most_seconds
    while not (seen[-1] and seen[-1] == seen[-2]):
        assert time.monotonic() < until
        time.sleep(2)
        query = {"query": f"{{Aggregate{{{collection_name()}{{meta{{count}}}}}}}}"}
        request = urllib.request.Request(  # noqa: S310  # our own address
            f"{weaviate.url}/v1/graphql",
            json.dumps(query).encode(),
            {"content-type": "application/json"},
        )
        rows: list[Any] | None = None
        with (
            suppress(urllib.error.HTTPError),  # there is no collection
            urllib.request.urlopen(request) as answer,  # noqa: S310
        ):
            found = json.load(answer)
            rows = ((found.get("data") or {}).get("Aggregate") or {}).get(collection_name())
        seen.append(rows[0]["meta"]["count"] if rows else 0)
    return seen[-1]


def test_what_need_not_be_kept() -> None:
    """
    The page says of each topic whether it is kept.
    """
    page = (ROOT / "docs/run/backup.md").read_text()
    said = {"ticket-dead-letters": "dead letters"}

    assert [t.name for t in ALL if said.get(t.name, t.name) not in page] == []
    assert shutil.which("diff")
