"""
A real Apache Kafka for tests, started from its Maven jars on free ports of this machine.

`python -m tests.support.kafka` fetches the jars, once for each version, into a cache outside
the checkout, with an archive of the classes that a broker loads, which halves the work of a
start. `RealKafka` runs brokers from there in KRaft mode, each in a process group of its
own, and takes everything away again, however its `with` block ends.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from streams.backends.kafka.embedded_broker import EmbeddedBroker
from tests.support.in_folder import InFolder
from tests.support.machine import cache, free_ports

HERE = Path(__file__).parent
POM = HERE / "pom.xml"
LOGGING = HERE / "kafka_logging" / "log4j2.properties"
CLUSTER_ID = "dGlja2V0c3RyZWFtdGVzdA"
"""Any 16 bytes in URL-safe base64."""
START_SECONDS, STOP_SECONDS = 60, 30
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


def archive() -> Path:
    """Return the address of the class archive (JEP 350), whether it is there or not."""
    return cache() / f"kafka-{version()}.jsa"


def make_archive() -> None:
    """Write the class archive of a broker that starts, does little and ends, if it is not there."""
    if archive().exists():
        return
    with tempfile.TemporaryDirectory(dir=cache()) as folder:
        made = Path(folder, "made.jsa")
        with RealKafka(java_options=[f"-XX:ArchiveClassesAtExit={made}"]) as kafka:
            kafka.stop()
        made.rename(archive())


def tools() -> Path:
    """Return the folder of Kafka's own command line tools, after fetching them as `jars` does."""
    folder = cache() / f"kafka-tools-{version()}"
    if not folder.exists():
        artifact = f"-Dartifact=org.apache.kafka:kafka-tools:{version()}"
        with tempfile.TemporaryDirectory(dir=cache()) as fetched:
            _maven("dependency:copy", artifact, f"-DoutputDirectory={fetched}/jars")
            Path(fetched, "jars").rename(folder)
    return folder


def _maven(*arguments: str) -> None:
    subprocess.run(["mvn", "-q", "-B", "-f", str(POM), *arguments], check=True, stdout=sys.stderr)


class RealKafka(InFolder):
    """
    A running Kafka cluster, until the `with` block ends.

    Its topics are only those that somebody creates; consumer groups start without delay.
    """

    called = "kafka"

    def __init__(
        self,
        brokers: int = 1,
        users: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
        java_options: Sequence[str] = (),
    ) -> None:
        """
        Prepare a cluster of *brokers*; each is a controller, too.

        With *users*, their passwords by name, it asks for one of them (SASL_PLAINTEXT, PLAIN),
        and has ACLs: `admin`, who must be among them, may do everything, others nothing yet.
        *properties* are more of a broker's, *java_options* of its virtual machine.
        """
        self._java_options = java_options
        self._more = "".join(f"{name}={value}\n" for name, value in (properties or {}).items())
        self._count = brokers
        self._users = users
        self._ports: list[tuple[int, int]] = []
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        self.brokers = ""

    def _set_up(self) -> None:
        """Start it and wait until all brokers answer; `brokers` is then their address."""
        self._class_path = f"{jars()}/*"
        free = free_ports(2 * self._count)
        self._ports = list(zip(free[::2], free[1::2], strict=True))
        self.brokers = ",".join(f"127.0.0.1:{port}" for port, _ in self._ports)
        for number in range(self._count):
            self._format(number)
        self.restart()

    def kill(self, number: int | None = None) -> None:
        """End broker *number*, or all of them, as if the power had gone (SIGKILL)."""
        for each in [number] if number is not None else list(self._running):
            process = self._running.pop(each)
            with contextlib.suppress(ProcessLookupError):  # it has ended by itself
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def stop(self) -> None:
        """End all brokers as one does who shuts them down (SIGTERM)."""
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
        self.kill()

    def restart(self) -> None:
        """Start those brokers that do not run, on their old ports and data, and wait."""
        for number in range(self._count):
            if number not in self._running:
                self._running[number] = self._start(number)
        self._wait()

    def lose_end(self, topic: str, offset: int) -> None:
        """Take from partition 0 of *topic* what lies at *offset* and behind. The broker is down."""
        data = self.folder / "data-0"
        (log,) = (data / f"{topic}-0").glob("*.log")
        whole, at = log.read_bytes(), 0
        while int.from_bytes(whole[at : at + 8]) < offset:  # of a batch: base offset, length
            at += 12 + int.from_bytes(whole[at + 8 : at + 12])
        log.write_bytes(whole[:at])
        for name in ("recovery-point-offset-checkpoint", "replication-offset-checkpoint"):
            (data / name).unlink(missing_ok=True)

    @contextlib.contextmanager
    def admin(self) -> Iterator[AdminClient]:
        """Yield a client that may do everything."""
        options: dict[str, Any] = {"bootstrap.servers": self.brokers, "log_level": 0}
        if self._users:
            options |= {
                "security.protocol": "SASL_PLAINTEXT",
                "sasl.mechanism": "PLAIN",
                "sasl.username": "admin",
                "sasl.password": self._users["admin"],
            }
        with AdminClient(options) as client:
            yield client

    def _clean_up(self) -> None:
        self.kill()
        super()._clean_up()

    def _format(self, number: int) -> None:
        properties = self.folder / f"{number}.properties"
        given = _properties(number, self._ports, self.folder, self._users)
        properties.write_text(given + self._more)
        subprocess.run(
            [
                *self._java("kafka.tools.StorageTool"),
                "format",
                f"-t={CLUSTER_ID}",
                f"-c={properties}",
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def _start(self, number: int) -> subprocess.Popen[bytes]:
        with (self.folder / f"{number}.log").open("ab") as log:
            return subprocess.Popen(
                [
                    *self._java("kafka.Kafka", *self._java_options),
                    str(self.folder / f"{number}.properties"),
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C at the tests is not for it
            )

    def _java(self, main: str, *options: str) -> list[str]:
        known = [f"-XX:SharedArchiveFile={archive()}"] if archive().exists() else []
        places = [f"-Dkafka.logs.dir={self.folder}", f"-Dlog4j2.configurationFile={LOGGING}"]
        return [*JAVA, *known, *options, *places, "-cp", self._class_path, main]

    def _wait(self) -> None:
        until = time.monotonic() + START_SECONDS
        with self.admin() as client:
            while time.monotonic() < until and self._alive():
                try:
                    if len(client.list_topics(timeout=1).brokers) == self._count:
                        return
                except KafkaException:
                    pass
                time.sleep(0.1)
        logs = "\n".join(log.read_text()[-3000:] for log in self.folder.glob("*.log"))
        raise RuntimeError(f"Kafka did not start:\n{logs}")

    def _alive(self) -> bool:
        return all(process.poll() is None for process in self._running.values())


Broker = EmbeddedBroker | RealKafka


def _properties(
    number: int, ports: list[tuple[int, int]], folder: Path, users: Mapping[str, str] | None
) -> str:
    """Return the configuration of broker *number*; *ports* are (clients', controller's)."""
    mine, controller = ports[number]
    replicas = min(3, len(ports))
    protocol = "SASL_PLAINTEXT" if users else "PLAINTEXT"
    settings = {
        "process.roles": "broker,controller",
        "node.id": number,
        "listeners": f"CLIENTS://127.0.0.1:{mine},CONTROLLER://127.0.0.1:{controller}",
        "listener.security.protocol.map": f"CLIENTS:{protocol},CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "CLIENTS",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.voters": ",".join(
            f"{n}@127.0.0.1:{port}" for n, (_, port) in enumerate(ports)
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
        **(_security(users) if users else {}),
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def _security(users: Mapping[str, str]) -> dict[str, str]:
    known = " ".join(f'user_{name}="{password}"' for name, password in users.items())
    login = "org.apache.kafka.common.security.plain.PlainLoginModule required"
    return {
        "sasl.enabled.mechanisms": "PLAIN",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "listener.name.clients.plain.sasl.jaas.config": (
            f'{login} username="admin" password="{users["admin"]}" {known};'
        ),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:admin;User:ANONYMOUS",  # the second is the controller
    }


if __name__ == "__main__":
    jars()
    tools()
    make_archive()
