"""The steps of docs/run/upgrade.md with Weaviate: two versions side by side, and the end of one."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bench.chaos import previous
from streams.collection_names import FORM, collection_name
from streams.settings import Settings
from tests.support.command_line import Env, call, rows, walked
from tests.support.documents import commands
from tests.support.process import environment, said, ticketstream
from tests.support.weaviate import RealWeaviate, delete

(LOOK_AND_PRUNE,) = commands("docs/run/upgrade.md")
OLD_FORM = "TicketstreamKb1WordllamaL2256"


@pytest.mark.real
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("groups")
def test_two_versions_fill_two_collections(
    settings: Settings, weaviate: RealWeaviate, tmp_path: Path
) -> None:
    """
    This version and the one before are ready on one Weaviate, and an update reaches both.

    While the old one works, its collection is in use; then it is named, and can be removed.
    """
    here = Settings(
        kafka_brokers=settings.kafka_brokers,
        topic_prefix=settings.topic_prefix,
        session_seconds=6,
        knowledge="weaviate",
        weaviate_url=weaviate.url,
        weaviate_grpc_url=weaviate.grpc_url,
    )
    new = collection_name(here.topic_prefix)
    old, env = new.replace(FORM, OLD_FORM), environment(here)
    walked("ticketstream kb load deploy/sample/kb", here)
    before = {"packages": previous.packages(), "program": previous.PROGRAM}
    with at_work(here) as ours:
        with at_work(here, **before) as theirs:
            for worker in (ours, theirs):
                is_ready(worker)
            update = tmp_path / "KB-1001.md"
            update.write_text("---\ndoc_id: KB-1001\n---\n# Refunds\n\nThe zebra pays at once.\n")
            walked(f"ticketstream kb load {update}", here)
            for collection in (old, new):
                eventually(partial(has_zebra, weaviate, collection))
            assert is_told(env, old) == "ok"
            kept = call("kb", "prune", "--yes", env=env)
            assert "nothing to remove" in kept.stderr
            assert has_zebra(weaviate, old)
        eventually(lambda: is_told(env, old) == "warning")
        done = walked(LOOK_AND_PRUNE, here)
        assert rows(done.stdout)[-1] == {"removed": 1, "kept": 0}
        assert done.stderr == ""
        assert is_told(env, old) is None
        assert has_zebra(weaviate, new)
    for collection in (old, new):
        with suppress(urllib.error.HTTPError):
            delete(weaviate, collection)


def at_work(settings: Settings, **version: Any) -> Any:
    """Run a worker that hosts retrieval, of a version."""
    return ticketstream(
        "worker", "--stage=retrieval", settings=settings, stderr=subprocess.PIPE, **version
    )


def is_ready(worker: subprocess.Popen[str]) -> None:
    """Return when *worker* is ready."""
    url = said(worker, "url", "worker started")

    def ready() -> bool:
        with suppress(OSError), urllib.request.urlopen(f"{url}/health/ready", timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)
        return False

    eventually(ready)


def is_told(env: Env, collection: str) -> str | None:
    """Return the status of the row of `ticketstream check` that names *collection*."""
    found = [row for row in rows(call("check", env=env).stdout) if "check" in row]
    told = [row["status"] for row in found if collection in row["detail"]]
    return told[0] if told else None


def has_zebra(weaviate: RealWeaviate, collection: str) -> bool:
    """Say whether the article has been updated in *collection*."""
    where = '{path:["doc_id"],operator:Equal,valueText:"KB-1001"}'
    query = {"query": f"{{Get{{{collection}(where:{where}){{text}}}}}}"}
    request = urllib.request.Request(  # noqa: S310  # our own address
        f"{weaviate.url}/v1/graphql",
        data=json.dumps(query).encode(),
        headers={"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        found = json.load(answer)
    passages = ((found.get("data") or {}).get("Get") or {}).get(collection) or []
    return "zebra" in " ".join(one["text"] for one in passages)


def eventually(holds: Callable[[], bool], seconds: float = 120) -> None:
    """Return when *holds*; fail after a while."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.3)
