"""
A real Apache Kafka for tests, started from its Maven jars on free ports of this machine.

`python -m tests.support.kafka` fetches the jars, once for each version, into a cache outside
the checkout. `RealKafka` runs brokers from there in KRaft mode, each in a process group of its
own, and takes everything away again, however its `with` block ends.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from types import TracebackType
from typing import Self

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from streams.backends.embedded_kafka import EmbeddedBroker
from tests.support.machine import cache, free_ports

HERE = Path(__file__).parent
POM = HERE / "pom.xml"
CLUSTER_ID = "dGlja2V0c3RyZWFtdGVzdA"
"""Any 16 bytes in URL-safe base64."""
START_SECONDS = 60
USER = "ticketstream"
"""Of a cluster with a password."""
Ports = tuple[int, int, int]
"""The clients', the other brokers', the controllers'."""
JAVA = ("java", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


def version() -> str:
    """Return the version of Kafka that `pom.xml` names."""
    found = ElementTree.parse(POM).findtext(".//{*}kafka.version")  # noqa: S314  # our own file
    assert found
    return found


def jars() -> Path:
    """Return the folder of Kafka's jars, after fetching them by Maven if it is not there."""
    folder = cache() / f"kafka-{version()}"
    if not folder.exists():
        for tool in ("java", "mvn"):
            if not shutil.which(tool):
                sys.exit(f"{tool} is missing: install Java 17 or newer and Maven")
        print(f"fetching Apache Kafka {version()} (45 MB) to {folder} ...", file=sys.stderr)
        with tempfile.TemporaryDirectory(dir=cache()) as fetched:
            _maven("dependency:copy-dependencies", f"-DoutputDirectory={fetched}/jars")
            Path(fetched, "jars").rename(folder)
    return folder


def _maven(*arguments: str) -> None:
    subprocess.run(["mvn", "-q", "-B", "-f", str(POM), *arguments], check=True, stdout=sys.stderr)


class RealKafka:
    """
    A running Kafka cluster, until the `with` block ends.

    Its topics are only those that somebody creates; consumer groups start without delay.
    """

    def __init__(self, brokers: int = 1, *, password: str | None = None) -> None:
        """
        Prepare a cluster of *brokers*; each is a controller, too.

        With *password* clients have to come over TLS, as the user of `USER`, by SCRAM-SHA-512;
        `ca_file` is then what the brokers' certificate is checked against.
        """
        self._count = brokers
        self._password = password
        self._ports: list[Ports] = []
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        self.brokers = ""

    def __enter__(self) -> Self:
        """Start it and wait until all brokers answer; `brokers` is then their address."""
        self._folder = Path(tempfile.mkdtemp(prefix="ticketstream-kafka-"))
        self._class_path = f"{HERE / 'kafka_logging'}:{jars()}/*"
        free = iter(free_ports(3 * self._count))
        self._ports = list(zip(free, free, free, strict=True))
        self.brokers = ",".join(f"127.0.0.1:{clients}" for clients, *_ in self._ports)
        self.ca_file = self._folder / "ca.pem"
        try:
            if self._password:
                _make_certificate(self.ca_file, self._folder / "server.pem")
            for number in range(self._count):
                self._format(number)
            self.restart()
        except BaseException:
            self._clean_up()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._clean_up()

    def kill(self, number: int | None = None) -> None:
        """End broker *number*, or all of them, as if the power had gone (SIGKILL)."""
        for each in [number] if number is not None else list(self._running):
            process = self._running.pop(each)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def restart(self) -> None:
        """Start those brokers that do not run, on their old ports and data, and wait."""
        for number in range(self._count):
            if number not in self._running:
                self._running[number] = self._start(number)
        self._wait()

    def _clean_up(self) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _format(self, number: int) -> None:
        properties = self._folder / f"{number}.properties"
        secure = self._password is not None
        properties.write_text(_properties(number, self._ports, self._folder, secure=secure))
        user = [f"-S=SCRAM-SHA-512=[name={USER},password={self._password}]"] if secure else []
        subprocess.run(
            [
                *self._java("kafka.tools.StorageTool"),
                "format",
                f"-t={CLUSTER_ID}",
                f"-c={properties}",
                *user,
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def _start(self, number: int) -> subprocess.Popen[bytes]:
        with (self._folder / f"{number}.log").open("ab") as log:
            return subprocess.Popen(
                [*self._java("kafka.Kafka"), str(self._folder / f"{number}.properties")],
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C at the tests is not for it
            )

    def _java(self, main: str) -> list[str]:
        return [*JAVA, f"-Dkafka.logs.dir={self._folder}", "-cp", self._class_path, main]

    def _wait(self) -> None:
        client = AdminClient({**self._connection(), "log_level": 0})
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self._alive():
            try:
                if len(client.list_topics(timeout=1).brokers) == self._count:
                    return
            except KafkaException:
                pass
            time.sleep(0.1)
        logs = "\n".join(log.read_text()[-3000:] for log in self._folder.glob("*.log"))
        raise RuntimeError(f"Kafka did not start:\n{logs}")

    def _connection(self) -> dict[str, str]:
        where = {"bootstrap.servers": self.brokers}
        if self._password is None:
            return where
        return {
            **where,
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": USER,
            "sasl.password": self._password,
            "ssl.ca.location": str(self.ca_file),
        }

    def _alive(self) -> bool:
        return all(process.poll() is None for process in self._running.values())


Broker = EmbeddedBroker | RealKafka


def _make_certificate(certificate: Path, server: Path) -> None:
    """Make a certificate for 127.0.0.1 that signs itself, and the *server*'s file with its key."""
    key = server.with_suffix(".key")
    subject = ("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1")
    kind = ("req", "-x509", "-newkey", "rsa:2048", "-noenc", "-days", "1")
    subprocess.run(
        ["openssl", *kind, *subject, "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    server.write_text(key.read_text() + certificate.read_text())


def _properties(number: int, ports: list[Ports], folder: Path, *, secure: bool) -> str:
    """Return the configuration of broker *number*; with *secure* clients need TLS and a user."""
    mine, broker, controller = ports[number]
    replicas = min(3, len(ports))
    listeners = {"CLIENTS": mine, "BROKERS": broker, "CONTROLLER": controller}
    protocols = {"CLIENTS": "SASL_SSL" if secure else "PLAINTEXT"}
    scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    settings = {
        "process.roles": "broker,controller",
        "node.id": number,
        "listeners": ",".join(f"{name}://127.0.0.1:{port}" for name, port in listeners.items()),
        "listener.security.protocol.map": ",".join(
            f"{name}:{protocols.get(name, 'PLAINTEXT')}" for name in listeners
        ),
        "inter.broker.listener.name": "BROKERS",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.voters": ",".join(
            f"{n}@127.0.0.1:{port}" for n, (*_, port) in enumerate(ports)
        ),
        "log.dirs": folder / f"data-{number}",
        "broker.session.timeout.ms": 3000,  # until a killed broker may start again
        "broker.heartbeat.interval.ms": 500,
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": 0,
        "offsets.topic.num.partitions": 4,
        "offsets.topic.replication.factor": replicas,
        "transaction.state.log.num.partitions": 1,
        "transaction.state.log.replication.factor": replicas,
        "transaction.state.log.min.isr": 1,
    }
    if secure:
        settings |= {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": folder / "server.pem",
            "listener.name.clients.sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.clients.scram-sha-512.sasl.jaas.config": scram,
        }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


if __name__ == "__main__":
    jars()
