"""
The commands of docs/run/containers.md, without Docker.

Compose itself reads its commands, up to where it would ask the daemon. What they run in a container
is run in the image, and buildah builds by the options that `docker build` is given.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.settings import Settings
from tests.support import docker_compose, image
from tests.support.command_line import call, person
from tests.support.docker_compose import ROOT
from tests.support.documents import commands
from tests.support.image import AUTHORITIES, Container
from tests.support.kafka import RealKafka

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]  # the image is built first
PAGE = "docs/run/containers.md"
UP, LOOK, SCALE, ENV, IMAGE, AIR_GAPPED = commands(PAGE)
NO_DAEMON = "failed to connect to the docker API"


def lines(*blocks: str) -> Iterator[list[str]]:
    """Yield the words of each command in *blocks*."""
    for line in "\n".join(blocks).replace("\\\n", "").splitlines():
        yield shlex.split(line)


def inline() -> Iterator[list[str]]:
    """Yield the words of each call of Compose in the page's sentences."""
    for found in re.findall(r"`(docker compose [^`]+)`", (ROOT / PAGE).read_text()):
        yield shlex.split(found)


@pytest.mark.parametrize("words", [*lines(UP, LOOK, SCALE), *inline()], ids=" ".join)
def test_compose_understands(checkout: Path, words: list[str]) -> None:
    """
    Each option and service is there: Compose misses nothing but the daemon.
    """
    assert words[:4] == ["docker", "compose", "-f", docker_compose.FILE.name]
    done = subprocess.run(
        [docker_compose.program(), *words[2:]],
        cwd=checkout,
        env={"PATH": os.environ["PATH"], "DOCKER_HOST": "unix:///nowhere"},
        capture_output=True,
        text=True,
    )

    if "config" in words:
        assert f"ticketstream:{VERSION}" in done.stdout
    else:
        assert NO_DAEMON in done.stderr


VERSION = docker_compose.FILE.read_text().partition("image: ticketstream:")[2].split()[0]


def test_what_is_run_in_a_container(container: Container) -> None:
    """
    Results, a search and `check` come as the page shows them, after the sample has gone through.
    """
    with RealKafka() as kafka:
        env = {
            "TICKETSTREAM_KAFKA_BROKERS": kafka.brokers,
            "TICKETSTREAM_WORKER_HTTP_PORT": "0",
            "TICKETSTREAM_SIDECAR_HTTP_PORT": "0",
        }
        home = person(Path("/nonexistent"), **env)
        for command in (
            "topics",
            "kb load deploy/sample/kb",
            "publish deploy/sample/tickets.jsonl",
        ):
            assert call(*command.split(), env=home).returncode == 0
        with container.started("worker", env=env):
            shown = [
                container.run(*words[-arguments(words) :], env=env)
                for words in lines(LOOK)
                if words[4] in ("exec", "run")
            ]

    assert [done.returncode for done in shown] == [0, 0, 0], shown
    assert len(shown[0].stdout.splitlines()) == 5
    assert json.loads(shown[1].stdout.splitlines()[0])["id"].startswith("KB-1001")


def arguments(words: list[str]) -> int:
    """Return how many of *words* are `ticketstream`'s own."""
    name = "ticketstream" if words[4] == "exec" else "topics"  # a service of our image
    return len(words) - words.index(name) - 1


def test_env(checkout: Path) -> None:
    """
    The example is copied to where Compose looks for it.
    """
    subprocess.run(ENV, shell=True, cwd=checkout, check=True)  # noqa: S602  # the page's own

    assert (checkout / ".env").read_text() == (ROOT / "deploy" / "env.example").read_text()


def test_the_image_is_built_and_run(container: Container) -> None:
    """
    The options of `docker build` make an image; `docker run` shows its help, and with a read-only
    root it says what is wrong with an address.
    """
    build, shows_help, tries, checks = lines(IMAGE)

    assert build == [*["docker", "build", "--file", "deploy/Dockerfile", "--tag"], tag(), "."]
    built(build)
    assert shows_help == ["docker", "run", "--rm", tag(), "--help"]
    assert "ticketstream worker" in container.run(*shows_help[4:]).stdout
    assert tries == ["docker", "run", "--rm", tag(), "up", "--once"]  # test_image.py does it
    options = "--read-only --tmpfs /tmp --cap-drop ALL --env TICKETSTREAM_KAFKA_BROKERS"
    assert checks[3:-2] == options.split()
    done = container.run(checks[-1], env={"TICKETSTREAM_KAFKA_BROKERS": "127.0.0.1:1"})
    assert done.returncode == 3


def test_the_image_is_built_from_mirrors(tmp_path: Path, container: Container) -> None:
    """
    The build takes another name of the base, a pip.conf and authorities as the page gives them.
    """
    (words,) = lines(AIR_GAPPED)
    (configuration,) = re.findall(r"```ini\n(.*?)```", (ROOT / PAGE).read_text(), re.DOTALL)
    base = words[words.index("--build-arg") + 1].removeprefix("BASE=")
    (tmp_path / "pip.conf").write_text(configuration.replace("    ", ""))
    shutil.copy(AUTHORITIES, tmp_path / "company-ca.pem")
    image.buildah("tag", image.base_name(), base)
    try:
        built([w.replace("src=", f"src={tmp_path}/") for w in words])
    finally:
        image.buildah("rmi", base)


def built(words: list[str]) -> None:
    """Build as *words*, a `docker build`, say; its layers are there already."""
    options = [word.replace("ticketstream:", "localhost/page:") for word in words[2:-1]]
    common = ("--isolation=chroot", "--network=host", "--layers", "--format=docker")
    with image.alone():
        image.buildah("build", *common, *options, str(ROOT))
        image.buildah("rmi", f"localhost/page:{VERSION}")


def tag() -> str:
    """Return the name that the page gives the image: that of the compose file."""
    return f"ticketstream:{VERSION}"


def test_settings_of_the_page() -> None:
    """
    In the image, workers and sidecar listen on the ports that the page says.
    """
    text = (ROOT / PAGE).read_text()

    assert f"`0.0.0.0:{Settings().worker_http_port}`" in text
    assert f"`0.0.0.0:{Settings().sidecar_http_port}`" in text
