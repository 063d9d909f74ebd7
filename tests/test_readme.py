"""Every command in the README is run, as it stands there, and does what is said of it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiokafka.partitioner import DefaultPartitioner

from schemas import ProcessedTicket
from streams.backends.embedded_kafka import EmbeddedBroker
from streams.settings import Settings
from tests.support.llm import LlmServer
from tests.support.machine import needs_real_servers
from tests.support.weaviate import RealWeaviate

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = [block.strip() for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)]
RUN, TEST, SECOND_TERMINAL, CURL, OWN_KAFKA, LLM, WEAVIATE, WORK_ON_IT = BLOCKS


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return an environment with our commands on the path, free ports, and no other `up`."""
    return {
        **os.environ,
        "PATH": f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}",
        "XDG_STATE_HOME": str(tmp_path_factory.mktemp("state")),
        "TICKETSTREAM_SIDECAR_HTTP_PORT": str(free_port()),
        "TICKETSTREAM_WORKER_HTTP_PORT": str(free_port()),
    }


@pytest.fixture(scope="module")
def serving(environment: dict[str, str]) -> Iterator[str]:
    """Return the address of what the first command of the README serves."""
    with started(RUN, environment):
        url = f"http://127.0.0.1:{environment['TICKETSTREAM_SIDECAR_HTTP_PORT']}"
        state = Path(environment["XDG_STATE_HOME"], "ticketstream", "up.json")
        wait_for(state.exists)
        yield url


def test_the_second_terminal_finds_what_the_first_one_runs(
    environment: dict[str, str], serving: str
) -> None:
    """
    Search, publish and tail need no address while `make run` serves.
    """
    out = bash(SECOND_TERMINAL, environment)

    rows = [json.loads(line) for line in out.splitlines()]
    assert rows[0]["id"].startswith("KB-1001")
    assert {"published": 48, "broken": 0} in rows
    assert [ProcessedTicket.model_validate(row) for row in rows[-5:]]


def test_the_call_answers_with_a_processed_ticket(
    environment: dict[str, str], serving: str
) -> None:
    """
    The curl command gets a draft that cites the article on duplicate charges.
    """
    port = environment["TICKETSTREAM_SIDECAR_HTTP_PORT"]
    answer = json.loads(bash(CURL.replace(":8080", f":{port}"), environment))

    assert answer.get("success"), answer
    assert "KB-1001" in {c["doc_id"] for c in answer["result"]["citations"]}
    for path in re.findall(r"`(/[a-z./]+)`", README.split("## On your Kafka")[0]):
        assert urllib.request.urlopen(serving + path).status == 200  # noqa: S310  # ours


def test_own_kafka(environment: dict[str, str], tmp_path: Path) -> None:
    """
    The commands for a Kafka of one's own work one after the other, on any broker.
    """
    export, *commands = [line.split("#")[0].strip() for line in OWN_KAFKA.splitlines()]
    assert export.startswith("export TICKETSTREAM_KAFKA_BROKERS=")
    (tmp_path / "docs").symlink_to(ROOT / "deploy" / "sample" / "kb")
    with ExitStack() as stack:
        broker = stack.enter_context(EmbeddedBroker(Settings()))
        ours = {
            **environment,
            "TICKETSTREAM_KAFKA_BROKERS": broker.brokers,
            "TICKETSTREAM_SIDECAR_HTTP_PORT": (sidecar := str(free_port())),
            "TICKETSTREAM_WORKER_HTTP_PORT": (worker := str(free_port())),
        }
        for command in commands:
            if command in ("ticketstream worker", "ticketstream sidecar"):
                stack.enter_context(started(command, ours))
            else:
                bash(command, ours, tmp_path)
        wait_for(lambda: is_ready(worker) and is_ready(sidecar))
        answer = json.loads(bash(CURL.replace(":8080", f":{sidecar}"), ours))

    assert answer.get("success"), answer
    assert answer["result"]["policy_check"]["compliance"] in ("passed", "warning")


@pytest.mark.real
def test_the_commands_for_weaviate(environment: dict[str, str]) -> None:
    """
    What is exported is settings; with them `check` is content, and workers fill Weaviate.
    """
    *exports, check = [line.split("#")[0].strip() for line in WEAVIATE.splitlines()]
    names = [export.removeprefix("export ").split("=")[0] for export in exports]
    needs_real_servers()
    with EmbeddedBroker(Settings()) as broker, RealWeaviate(api_key="a-key") as weaviate:
        ours = {
            **environment,
            "TICKETSTREAM_KAFKA_BROKERS": broker.brokers,
            "TICKETSTREAM_WORKER_HTTP_PORT": (worker := str(free_port())),
            **dict(zip(names, ("weaviate", weaviate.url, weaviate.grpc_url, "a-key"), strict=True)),
        }
        bash("ticketstream kb load deploy/sample/kb", ours)
        with started("ticketstream worker --stage retrieval", ours):
            wait_for(lambda: is_ready(worker))
            bash(check, ours)
            found = bash('ticketstream kb search "charged twice"', ours).splitlines()

    assert json.loads(found[0])["id"].startswith("KB-1001")


async def test_a_language_model(environment: dict[str, str]) -> None:
    """
    With the settings of the README, but for the address, `check` asks once, a worker twice.
    """
    *exports, check, worker = LLM.splitlines()
    async with LlmServer() as llm:
        with ExitStack() as stack:
            broker = stack.enter_context(EmbeddedBroker(Settings()))
            ours = {
                **environment,
                "TICKETSTREAM_KAFKA_BROKERS": broker.brokers,
                "TICKETSTREAM_WORKER_HTTP_PORT": (port := str(free_port())),
            }
            settings = "\n".join(exports).replace("http://localhost:8000/v1", llm.url)
            said = await asyncio.to_thread(bash, f"{settings}\n{check}", ours)
            assert f"gpt-4o-mini at {llm.url}" in said
            await asyncio.to_thread(bash, "ticketstream kb load deploy/sample/kb", ours)
            stack.enter_context(started(f"{settings}\n{worker}", ours))
            await asyncio.to_thread(wait_for, lambda: is_ready(port))
            ticket = json.dumps({"ticket_id": "T-1", "raw_message": "I was charged twice."})
            await asyncio.to_thread(bash, f"echo '{ticket}' | ticketstream publish -", ours)
            out = await asyncio.to_thread(
                bash, "ticketstream tail --from-beginning --count 1", ours
            )
    stages = ProcessedTicket.model_validate_json(out).meta.stages  # type: ignore[union-attr]
    assert [call.schema_name for call in llm.calls] == ["check", "triage", "drafting"]
    assert stages["drafting"].model == "gpt-4o-mini"
    assert stages["drafting"].cost_usd > 0


def test_the_make_targets_are_there(environment: dict[str, str]) -> None:
    """
    `make test`, `make check` and `make test-real` run pytest; they are not run from here.
    """
    for line in (TEST, *WORK_ON_IT.splitlines()):
        command = line.split("#")[0].strip()
        assert "pytest" in bash(f"{command} --dry-run", environment)
    for inline in re.findall(r"`(make [^`]+)`", README):
        assert "ticketstream up" in bash(f"{inline} --dry-run", environment)


def test_the_partitions_of_the_test_vectors() -> None:
    """
    A publisher can check its partitioner by the keys that the README names.
    """
    said = re.search(
        r"`(\S+)` belongs on partition (\d+), `(\S+)` on (\d+), `(\S+)` on (\d+)", README
    )
    assert said
    keys, numbers = said.groups()[::2], said.groups()[1::2]

    twelve = list(range(12))
    found = [DefaultPartitioner()(key.encode(), twelve, twelve) for key in keys]
    assert found == [int(number) for number in numbers]


def bash(script: str, environment: dict[str, str], folder: Path = ROOT) -> str:
    """Return what *script* prints; fail if one of its commands does."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def started(command: str, environment: dict[str, str]) -> Iterator[Any]:
    """Run *command* in the background until the block ends; then it is interrupted as by Ctrl-C."""
    process = subprocess.Popen(
        ["bash", "-c", command],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(40)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def wait_for(true: Any, seconds: float = 60) -> None:
    """Return when *true* is; fail after *seconds*."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


def is_ready(port: str) -> bool:
    """Say whether what listens on *port* is ready."""
    try:
        return bool(urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready").status == 200)
    except OSError:
        return False


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
