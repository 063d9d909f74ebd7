"""deploy/Dockerfile, built and run as an orchestrator runs it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from schemas import ProcessedTicket
from streams.settings import Settings
from tests.support.command_line import SAMPLE, TICKET
from tests.support.hosts import Hosts
from tests.support.image import USER, Container, buildah
from tests.support.kafka import RealKafka
from tests.support.machine import free_ports, needs_real_servers

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]  # the image is built first
ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
MOST_MEGABYTES = 540
"""Python and the libraries; the largest are babel, numpy, openai and the weights of wordllama."""
OURS_MEGABYTES = 12
SITE = "opt/ticketstream/lib/python3.11/site-packages"


@pytest.fixture(scope="module")
def kafka() -> Iterator[RealKafka]:
    """Return a Kafka that has no topics yet."""
    needs_real_servers()
    with RealKafka() as broker:
        yield broker


def test_it_says_what_it_is(container: Container) -> None:
    """
    Its labels have the project's version, description and licence.
    """
    labels = container.configuration["Labels"]

    name = "org.opencontainers.image"
    assert labels[f"{name}.version"] == PROJECT["version"]
    assert labels[f"{name}.title"] == PROJECT["name"]
    assert labels[f"{name}.description"] == PROJECT["description"]
    assert labels[f"{name}.licenses"] == PROJECT["license"]


def test_it_runs_our_command_as_nobody_special(container: Container) -> None:
    """
    Its user is a number, so that Kubernetes can tell it from root; its ports are the settings'.
    """
    said = container.configuration
    settings = Settings()

    assert said["User"] == f"{USER}:{USER}"
    assert said["Entrypoint"] == ["ticketstream"]
    ports = {f"{settings.worker_http_port}/tcp", f"{settings.sidecar_http_port}/tcp"}
    assert set(said["ExposedPorts"]) == ports


def test_the_version(container: Container) -> None:
    """
    Buildah, too, runs the installed command as its user.
    """
    version = f"ticketstream {PROJECT['version']}"

    assert container.run("--version").stdout.strip() == version
    name = buildah("from", container.image)
    try:
        run = ("run", "--isolation=chroot", "--network=host", name, "--")
        assert buildah(*run, "ticketstream", "--version") == version
        assert buildah(*run, "id", "-u") == str(USER)
    finally:
        buildah("rm", name)


def test_help(container: Container) -> None:
    """
    Without arguments it shows its help.
    """
    shown = container.run(*container.configuration["Cmd"])

    assert shown.returncode == 0
    assert "ticketstream worker" in shown.stdout


def test_no_tools_are_in_it(container: Container) -> None:
    """
    No compiler, no pip, no caches, no tests of libraries, no source of theirs in C; nothing in it
    gives another user's rights.
    """
    files = subprocess.run(
        ["find", ".", "-xdev", "-printf", "%y %m %P\n"],
        cwd=container.root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    rows = [row.split(" ", 2) for row in files.splitlines()]
    paths = [path for _, _, path in rows]
    programs = {p.rpartition("/")[2] for p in paths if re.match(r"(usr/s?bin|opt/\w+/bin)/", p)}
    ours = [p for p in paths if p.startswith(SITE)]

    assert "python3" in programs
    assert not {"cc", "gcc", "c++", "ld", "make", "pip", "pip3", "git", "curl"} & programs
    assert not [p for p in paths if re.search(r"(^|/)(pip|ensurepip|setuptools|hatchling)/", p)]
    assert not [
        p for p in paths if re.match(r"(root/\.cache|tmp|var/cache|var/lib/apt/lists)/.", p)
    ]
    assert not [p for p in ours if re.search(r"/tests?/|\.(pyi|pyx|pxd|c|h|cpp)$", p)]
    assert not [path for kind, mode, path in rows if kind == "f" and int(mode, 8) & 0o6000]


def test_every_module_is_compiled(container: Container) -> None:
    """
    A process that may not write starts as fast as any other.
    """
    site = container.root / SITE
    modules = [m for m in site.rglob("*.py") if "__pycache__" not in m.parts]
    compiled = {c.name.partition(".")[0] for c in site.rglob("*.cpython-311.pyc")}

    assert {m.stem.partition(".")[0] for m in modules} - compiled == set()


def test_its_size(container: Container) -> None:
    """
    It is as large as its libraries need; a new version of ours alone brings some megabytes.
    """
    sizes = {
        part: megabytes(container.root / part)
        for part in (".", f"{SITE}/streams", f"{SITE}/health")
    }

    assert sizes.pop(".") <= MOST_MEGABYTES
    assert sum(sizes.values()) <= OURS_MEGABYTES


def megabytes(folder: Path) -> int:
    """Return what *folder* takes on a disk."""
    told = subprocess.run(
        ["du", "-sxm", folder], check=True, capture_output=True, text=True
    ).stdout.split()
    return int(told[0])


def test_a_read_only_root(container: Container) -> None:
    """
    Our user may write to /tmp alone, and has no capability.
    """
    script = "touch /tmp/a; for d in / /opt/ticketstream /etc; do ! touch $d/a 2>/dev/null; done"

    done = container.run("-ec", f"{script}; grep CapBnd /proc/self/status", entrypoint=["sh"])

    assert done.stdout == "CapBnd:\t0000000000000000\n", done.stderr


def test_a_ticket_goes_through(container: Container, kafka: RealKafka) -> None:
    """
    Topics, articles, worker, sidecar, a call and its result, and an orderly end: all in the image,
    on a real Kafka, with a root that nobody writes to.
    """
    worker, sidecar = free_ports(2)
    env = {
        "TICKETSTREAM_KAFKA_BROKERS": kafka.brokers,
        "TICKETSTREAM_WORKER_HTTP_PORT": str(worker),
        "TICKETSTREAM_SIDECAR_HTTP_PORT": str(sidecar),
    }
    assert checks(container, env)["kafka"] in FINE
    done = container.run("topics", env=env)
    assert done.returncode == 0, done.stderr
    assert '"done": "created"' in done.stdout
    done = container.run("kb", "load", "/kb", env=env, mounts={SAMPLE / "kb": "/kb"})
    assert done.returncode == 0, done.stderr

    with (
        container.started("worker", env=env) as end_worker,
        container.started("sidecar", env=env) as end_sidecar,
    ):
        wait_until_ready(worker)
        wait_until_ready(sidecar)
        assert set(checks(container, {**env, **OTHER_PORTS}).values()) <= {*FINE, "skipped"}
        result = call(sidecar)
        assert end_sidecar() == 0
        assert end_worker() == 0

    processed = ProcessedTicket.model_validate(result["result"])
    assert processed.ticket_id == TICKET["ticket_id"]
    assert "KB-1001" in {citation.doc_id for citation in processed.citations}


FINE = ("ok", "warning")
"""A single broker is a warning."""
OTHER_PORTS = {"TICKETSTREAM_WORKER_HTTP_PORT": "0", "TICKETSTREAM_SIDECAR_HTTP_PORT": "0"}


def test_no_network_is_needed(container: Container) -> None:
    """
    The embedded mode runs where nothing can be reached: nothing is fetched at a start.
    """
    with Hosts(["alone"]) as hosts:
        up = hosts.on("alone", container.command("up", "--once"))
        done = subprocess.run(up, capture_output=True, text=True, timeout=120)

    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len((SAMPLE / "tickets.jsonl").read_text().splitlines())


def test_another_user(container: Container, kafka: RealKafka) -> None:
    """
    A platform that gives each project a user id of its own can run it.
    """
    env = {"TICKETSTREAM_KAFKA_BROKERS": kafka.brokers}

    assert checks(container, env, user=1_000_640_000)["kafka"] in FINE


def test_sigterm_ends_a_command(container: Container, kafka: RealKafka) -> None:
    """
    Also the first process of a container, which the kernel spares by default, ends at once.
    """
    env = {"TICKETSTREAM_KAFKA_BROKERS": kafka.brokers}
    container.run("topics", env=env)
    with container.started("tail", env=env) as end:
        time.sleep(3)
        assert end() == 143


def test_nothing_is_left_when_the_tests_die(container: Container) -> None:
    """
    Whoever runs a command in the image may be killed: the command, as another user, dies too.
    """
    mark = "31536000.25"
    command = container.command(mark, entrypoint=["sleep"])
    starts = "import subprocess, sys; subprocess.run(sys.argv[1:])"
    with subprocess.Popen([sys.executable, "-c", starts, *command]) as runs:
        eventually(lambda: "sleep" in commands_with(mark))
        runs.kill()

    eventually(lambda: commands_with(mark) == [])


def commands_with(mark: str) -> list[str]:
    """Return the programs of the processes whose last argument is *mark*."""
    lines = (process.info["cmdline"] or [""] for process in psutil.process_iter(["cmdline"]))
    return [line[0] for line in lines if line[-1] == mark]


def eventually(true: Callable[[], bool]) -> None:
    """Return when *true* is; fail after some seconds."""
    until = time.monotonic() + 20
    while not true():
        assert time.monotonic() < until
        time.sleep(0.1)


def checks(container: Container, env: dict[str, str], **how: Any) -> dict[str, str]:
    """Return what `check` finds, by the name of each check."""
    done = container.run("check", env=env, **how)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {row["check"]: row["status"] for row in rows if "check" in row}


def wait_until_ready(port: int) -> None:
    """Return when what listens on *port* is ready."""
    until = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready").close()
            return
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.2)


def call(port: int) -> dict[str, Any]:
    """Return the answer to a process call."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v1/tickets/process",
        json.dumps(
            {**TICKET, "customer_name": "Ada", "customer_email": "ada@example.com"}
        ).encode(),
        {"content-type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        found: dict[str, Any] = json.load(answer)
    return found
