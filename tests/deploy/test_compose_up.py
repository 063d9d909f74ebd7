"""
`docker compose -f docker-compose.kafka.yml up`, without Docker.

Compose itself reads the file. Then each service runs as it says there, on a host of its own with
its name: Kafka and Weaviate from this machine's files, what is ours in the image.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # has no types
import pytest
import yaml

from schemas import ProcessedTicket
from streams.settings import PREFIX
from tests.support import docker_compose, weaviate
from tests.support.docker_compose import ROOT
from tests.support.hosts import Hosts
from tests.support.image import Container, end
from tests.support.kafka import CLUSTER_ID, HERE, JAVA, jars

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]  # the image is built first
KAFKA_LOGGING = HERE / "kafka_logging"
SERVERS = ("kafka", "weaviate")
SAMPLES = 48
Service = dict[str, Any]


def test_the_file_is_of_the_specification() -> None:
    """
    It fits the JSON Schema of the compose specification.
    """
    file = yaml.safe_load(docker_compose.FILE.read_text())

    jsonschema.validate(file, docker_compose.schema())


def test_no_env_is_needed(checkout: Path) -> None:
    """
    Compose takes the file without a .env, and without a word.
    """
    services = docker_compose.configuration(checkout)["services"]

    assert "TICKETSTREAM_LLM" not in services["worker"]["environment"]
    assert services["sidecar"]["ports"][0]["published"] == "8080"


def test_documented_defaults_by_env(checkout: Path) -> None:
    """
    A .env with the defaults of the settings' page leaves our processes where others reach them.
    """
    (checkout / ".env").write_text(
        """TICKETSTREAM_WORKER_HOST=127.0.0.1
TICKETSTREAM_SIDECAR_HOST=127.0.0.1
TICKETSTREAM_WORKER_HTTP_PORT=0
TICKETSTREAM_INSTANCE_ID=one
TICKETSTREAM_WEAVIATE_GRPC_URL=http://127.0.0.1:50051
"""
    )
    services = docker_compose.configuration(checkout)["services"]

    for name in ("worker", "sidecar", "tickets"):
        given = services[name]["environment"]
        assert given["TICKETSTREAM_WORKER_HOST"] == "0.0.0.0"  # noqa: S104  # in a container
        assert given["TICKETSTREAM_SIDECAR_HOST"] == "0.0.0.0"  # noqa: S104  # in a container
        assert given["TICKETSTREAM_WORKER_HTTP_PORT"] == "8081"
        assert given["TICKETSTREAM_INSTANCE_ID"] == ""
        assert given["TICKETSTREAM_WEAVIATE_GRPC_URL"] == "http://weaviate:50051"


def test_a_model_by_env(checkout: Path) -> None:
    """
    Settings of a .env reach our processes to the letter, but for where Kafka and Weaviate are.
    """
    key = "sk-$HOME'#\" x".replace("'", "")
    (checkout / ".env").write_text(
        f"""TICKETSTREAM_LLM=openai
TICKETSTREAM_OPENAI_MODEL=gpt-4o-mini
TICKETSTREAM_OPENAI_API_KEY='{key}'
TICKETSTREAM_OPENAI_PRICES='{{"gpt-4o-mini": [0.15, 0.6]}}'
TICKETSTREAM_KAFKA_BROKERS=elsewhere:9092
SIDECAR_PORT=9000
"""
    )
    services = docker_compose.configuration(checkout)["services"]

    given = services["worker"]["environment"]
    given = {k: v.replace("$$", "$") for k, v in given.items() if k.startswith(PREFIX)}
    assert given["TICKETSTREAM_OPENAI_API_KEY"] == key
    assert json.loads(given["TICKETSTREAM_OPENAI_PRICES"]) == {"gpt-4o-mini": [0.15, 0.6]}
    assert given["TICKETSTREAM_KAFKA_BROKERS"] == "kafka:29092"
    assert services["sidecar"]["ports"][0]["published"] == "9000"


def test_servers_get_nothing_of_an_env(checkout: Path) -> None:
    """
    What stands in .env is for our processes; a server sees only what the compose file names.
    """
    key, mine = "sk-0123456789", "grafana-0123456789"
    (checkout / ".env").write_text(
        f"TICKETSTREAM_OPENAI_API_KEY={key}\nGRAFANA_PASSWORD={mine}\nKAFKA_PORT=9999\n"
    )
    services = docker_compose.configuration(checkout)["services"]
    ours = {name for name, one in services.items() if one["image"].startswith("ticketstream:")}

    assert {name for name, one in services.items() if key in json.dumps(one)} == ours
    assert {name for name, one in services.items() if mine in json.dumps(one)} == {*ours, "grafana"}
    assert "HOST://localhost:9999" in services["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]


def test_a_copy_of_the_example_changes_nothing(checkout: Path) -> None:
    """
    `cp deploy/env.example .env` alone is the same as no .env.
    """
    without = docker_compose.configuration(checkout)
    shutil.copy(ROOT / "deploy" / "env.example", checkout / ".env")

    assert docker_compose.configuration(checkout) == without


def test_up_down_and_up_again(checkout: Path, container: Container) -> None:
    """
    The first `up` gets all of ours healthy, and each sample ticket a result. After `down` another
    one finds the jobs' work done, adds no result, and takes new tickets.
    """
    services = docker_compose.configuration(checkout)["services"]
    with Hosts(services) as hosts:
        up = Up(services, hosts, container, checkout)
        with up.all():
            first = up.results(SAMPLES)
        with up.all():
            assert up.call()["success"]
            second = up.results(SAMPLES + 1)

    assert {ticket.ticket_id for ticket in first} == set(samples())
    assert sorted(t.ticket_id for t in second) == sorted([*(t.ticket_id for t in first), "T-1"])
    cited = {citation.doc_id for ticket in first for citation in ticket.citations}
    assert "KB-1001" in cited


class Up:
    """The services of the file, each on its host."""

    def __init__(
        self, services: Mapping[str, Service], hosts: Hosts, container: Container, folder: Path
    ) -> None:
        self._services = services
        self._hosts = hosts
        self._container = container
        self._folder = folder

    @contextmanager
    def all(self) -> Iterator[None]:
        """
        Run everything until the block ends, in the order of the file's `depends_on`.

        It ends in the opposite order, each by SIGTERM, as `docker compose down` does.
        """
        with ExitStack() as stack:
            for name in self._in_order():
                if name in SERVERS:
                    stack.enter_context(self.server(name))
                elif "healthcheck" in self._services[name]:
                    stack.enter_context(self.ours(name))
                else:
                    self.job(name)
            yield

    def _in_order(self) -> Iterator[str]:
        """Yield Kafka, Weaviate and what is ours, each after all that it waits for."""
        here = {name for name, s in self._services.items() if name in SERVERS or is_ours(s)}
        waits = {name: self._services[name].get("depends_on", {}).keys() for name in here}
        yield from TopologicalSorter(waits).static_order()

    def job(self, name: str) -> None:
        """Run a job to its end, which must be a good one."""
        done = subprocess.run(self._ours(name), capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"

    @contextmanager
    def ours(self, name: str) -> Iterator[None]:
        """Run a process of ours, and wait until it is healthy by its own health check."""
        kind, *probe = self._services[name]["healthcheck"]["test"]
        assert kind == "CMD"
        with self._running(name, self._ours(name)) as process:
            self._wait(name, self._inside(name, probe))
            yield
            assert end(process) == 0, self._log(name)

    @contextmanager
    def server(self, name: str) -> Iterator[None]:
        """Run Kafka or Weaviate on what the file says of it."""
        given = self._services[name]
        program, env, probe = (
            _kafka(given, self._folder) if name == "kafka" else _weaviate(given, self._folder)
        )
        with self._running(name, self._hosts.on(name, program), {**os.environ, **env}) as process:
            self._wait(name, self._hosts.on(name, probe))
            yield
            process.terminate()
            process.wait(60)

    def results(self, count: int) -> list[ProcessedTicket]:
        """Return the first *count* results, as `docker compose exec worker` shows them."""
        command = ["ticketstream", "tail", "--from-beginning", "--count", str(count)]
        rows = subprocess.check_output(self._inside("worker", command), text=True, timeout=120)
        return [ProcessedTicket.model_validate_json(row) for row in rows.splitlines()]

    def call(self) -> dict[str, Any]:
        """Return what the sidecar answers to one more ticket."""
        ticket = {"ticket_id": "T-1", "raw_message": "I was charged twice.", "customer_name": "A"}
        said = json.dumps({**ticket, "customer_email": "a@example.com"})
        url = "http://sidecar:8080/api/v1/tickets/process"
        post = ["curl", "-sS", "-H", "content-type: application/json", "-d", said, url]
        answer: dict[str, Any] = json.loads(subprocess.check_output(self._hosts.on("kafka", post)))
        return answer

    def _ours(self, name: str) -> list[str]:
        return self._inside(name, ["ticketstream", *self._services[name]["command"]])

    def _inside(self, name: str, program: list[str]) -> list[str]:
        service = self._services[name]
        mounts = {Path(v["source"]).resolve(): v["target"] for v in service.get("volumes", ())}
        mounts[self._hosts.file] = "/etc/hosts"
        command = self._container.command(
            *program[1:], entrypoint=program[:1], env=service["environment"], mounts=mounts
        )
        return self._hosts.on(name, command)

    @contextmanager
    def _running(
        self, name: str, command: list[str], env: Mapping[str, str] | None = None
    ) -> Iterator[subprocess.Popen[bytes]]:
        with (self._folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, env=env, cwd=self._folder)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def _wait(self, name: str, probe: list[str]) -> None:
        until = time.monotonic() + 150
        while subprocess.run(probe, capture_output=True).returncode:
            assert time.monotonic() < until, f"{name} is not healthy:\n{self._log(name)}"
            time.sleep(0.5)

    def _log(self, name: str) -> str:
        """Return the end of what *name* has logged."""
        return (self._folder / f"{name}.log").read_text(errors="replace")[-3000:]


def is_ours(service: Service) -> bool:
    """Say whether *service* is of our image."""
    return str(service["image"]).startswith("ticketstream:")


Server = tuple[list[str], Mapping[str, str], list[str]]
"""A program, its environment, and what succeeds when it is ready."""


def _kafka(service: Service, folder: Path) -> Server:
    """Return the broker of the image apache/kafka; what stands for its health check is a port."""
    given = dict(service["environment"])
    java = [*JAVA, "-cp", f"{KAFKA_LOGGING}:{jars()}/*"]
    given.pop("KAFKA_HEAP_OPTS")
    cluster = given.pop("CLUSTER_ID")
    assert len(cluster) == len(CLUSTER_ID)
    assert given["KAFKA_LOG_DIRS"] in {volume["target"] for volume in service["volumes"]}
    given["KAFKA_LOG_DIRS"] = str(folder / "kafka")
    properties = folder / "kafka.properties"
    properties.write_text("".join(f"{property_of(k)}={v}\n" for k, v in given.items()))
    formatted = [*java, "kafka.tools.StorageTool", "format", "--ignore-formatted"]
    formatted += ["-t", cluster, "-c", str(properties)]
    subprocess.run(formatted, check=True, capture_output=True)
    port = given["KAFKA_ADVERTISED_LISTENERS"].partition(",")[0].rpartition(":")[2]
    probe = ["python3", "-c", f"import socket; socket.create_connection(('kafka', {port}))"]
    return [*java, "kafka.Kafka", str(properties)], {}, probe


def property_of(variable: str) -> str:
    """Return the broker's property that *variable* sets in the image apache/kafka."""
    return variable.removeprefix("KAFKA_").lower().replace("_", ".")


def _weaviate(service: Service, folder: Path) -> Server:
    """Return Weaviate with the file's arguments; its health check is the file's."""
    given = dict(service["environment"])
    assert given["PERSISTENCE_DATA_PATH"] in {volume["target"] for volume in service["volumes"]}
    given["PERSISTENCE_DATA_PATH"] = str(folder / "weaviate")
    kind, *probe = service["healthcheck"]["test"]
    assert kind == "CMD"
    return [str(weaviate.server()), *service["command"]], given, probe


def samples() -> Iterator[str]:
    """Yield the ids of the sample tickets."""
    for line in (ROOT / "deploy" / "sample" / "tickets.jsonl").read_text().splitlines():
        yield json.loads(line)["ticket_id"]
