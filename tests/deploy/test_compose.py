"""docker-compose.kafka.yml: what it says is what the product has."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from streams.service.trace_export import check_variables, is_wanted
from streams.settings import PREFIX, Settings
from tests.support import kafka, weaviate
from tests.support.command_line import person

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.kafka.yml").read_text()
SERVICES: dict[str, Any] = yaml.safe_load(TEXT)["services"]
OURS = {name: s for name, s in SERVICES.items() if s["image"].startswith("ticketstream:")}
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
EXAMPLE = (ROOT / "deploy" / "env.example").read_text()
INTERPOLATED = re.compile(r"\$\{(\w+):-([^}]*)\}")


def test_our_processes_are_of_one_image_of_this_version() -> None:
    """
    It is built from this checkout, once, for the platform that all libraries have wheels for.
    """
    assert {s["platform"] for s in OURS.values()} == {"linux/amd64"}
    assert {s["image"] for s in OURS.values()} == {f"ticketstream:{VERSION}"}
    (built,) = [s["build"] for s in SERVICES.values() if "build" in s]
    assert (ROOT / built["context"] / built["dockerfile"]).exists()


def test_servers_are_those_that_tests_run_on() -> None:
    """
    Kafka and Weaviate have the versions of `make test-real`.
    """
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{kafka.version()}"
    assert SERVICES["weaviate"]["image"].endswith(f"/weaviate:{weaviate.VERSION}")


@pytest.mark.parametrize("name", SERVICES)
def test_tags_are_pinned(name: str) -> None:
    """
    Each image has a full version for a tag.
    """
    assert re.search(r":v?\d+\.\d+\.\d+$", SERVICES[name]["image"])


@pytest.mark.parametrize("name", SERVICES)
def test_only_this_machine_reaches_a_port(name: str) -> None:
    """
    What is published is published on loopback.
    """
    for port in SERVICES[name].get("ports", ()):
        assert str(port).startswith("127.0.0.1:"), port


@pytest.mark.parametrize("name", OURS)
def test_settings_are_settings(name: str) -> None:
    """
    Each variable is a setting, and its value fits.
    """
    given = {k.removeprefix(PREFIX).lower(): v for k, v in OURS[name]["environment"].items()}

    Settings(**given)
    assert all(variable.startswith(PREFIX) for variable in OURS[name]["environment"])


def test_the_env_file_is_ours() -> None:
    """
    All of .env, keys included, goes to our processes and to no server.
    """
    assert {name for name, one in SERVICES.items() if "env_file" in one} == set(OURS)
    assert set(OURS) < set(SERVICES)


def test_settings_name_services() -> None:
    """
    Kafka and Weaviate are asked on the ports where they listen.
    """
    settings = OURS["worker"]["environment"]
    listens = SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    served = shlex.split(SERVICES["weaviate"]["command"])

    assert f"//{settings['TICKETSTREAM_KAFKA_BROKERS']}," in listens
    assert settings["TICKETSTREAM_WEAVIATE_URL"] == f"http://weaviate:{served[3]}"
    assert settings["TICKETSTREAM_WEAVIATE_GRPC_URL"] == "http://weaviate:50051"
    assert (served[0], served[2], served[3]) == ("--host", "--port", "8080")


@pytest.mark.parametrize("name", OURS)
def test_commands_are_commands(name: str, tmp_path: Path) -> None:
    """
    Each is one of the command line's.
    """
    words = [w for w in shlex.split(OURS[name]["command"]) if not w.startswith("/")]
    command = [sys.executable, "-m", "streams.cli.main", *words, "--help"]

    done = subprocess.run(command, env=person(tmp_path), capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert f"ticketstream {' '.join(words)}" in done.stdout


@pytest.mark.parametrize("name", OURS)
def test_our_processes_may_do_little(name: str) -> None:
    """
    Their root is read-only, and they can get no right of root's.
    """
    service = OURS[name]

    assert (service["read_only"], service["tmpfs"]) == (True, "/tmp")  # noqa: S108  # theirs
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"user", "privileged", "cap_add"} & service.keys()


@pytest.mark.parametrize("name", OURS)
def test_a_misspelt_path_is_an_error(name: str) -> None:
    """
    Docker makes no empty folder in place of somebody's articles or tickets.
    """
    for volume in OURS[name].get("volumes", ()):
        assert volume["read_only"]
        assert volume["bind"] == {"create_host_path": False}


def test_what_is_published_is_what_listens() -> None:
    """
    The sidecar's port, and those that are asked for health, are those of the settings, whatever a
    .env says; they are the defaults, which the image exposes.
    """
    settings = OURS["worker"]["environment"]
    worker = settings["TICKETSTREAM_WORKER_HTTP_PORT"]
    sidecar = settings["TICKETSTREAM_SIDECAR_HTTP_PORT"]

    assert (worker, sidecar) == (Settings().worker_http_port, Settings().sidecar_http_port)
    assert OURS["sidecar"]["ports"][0].endswith(f":{sidecar}")
    assert OURS["worker"]["expose"] == [str(worker)]
    assert f"127.0.0.1:{worker}/health/ready" in OURS["worker"]["healthcheck"]["test"][-1]
    assert f"127.0.0.1:{sidecar}/health/ready" in OURS["sidecar"]["healthcheck"]["test"][-1]


@pytest.mark.parametrize("name", OURS)
def test_no_env_makes_the_image_unreachable(name: str) -> None:
    """
    Where the image differs from a documented default, a .env with that default does not count; nor
    does a name that all workers of `--scale` would share.
    """
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text()
    image = dict(re.findall(rf"({PREFIX}\w+)=(\S+)", dockerfile))
    given = OURS[name]["environment"]

    assert image
    assert image.items() <= given.items()
    assert given["TICKETSTREAM_INSTANCE_ID"] == Settings().instance_id


def test_a_worker_may_end_its_work() -> None:
    """
    It is killed later than it needs to drain, also while Kafka is away.
    """
    for name in ("worker", "sidecar"):
        allowed = int(OURS[name]["stop_grace_period"].removesuffix("s"))
        assert allowed >= Settings().grace_seconds + 10 + 5


def test_what_serves_has_a_health_check() -> None:
    """
    All but the jobs are asked, and whoever waits for a service waits for its health, for a job's
    success.
    """
    jobs = {name for name, service in OURS.items() if "restart" not in service}

    assert jobs == {"topics", "articles", "tickets"}
    assert {name for name, s in SERVICES.items() if "healthcheck" not in s} == jobs
    for service in SERVICES.values():
        for name, how in service.get("depends_on", {}).items():
            healthy = "completed_successfully" if name in jobs else "healthy"
            assert how == {"condition": f"service_{healthy}"}


def test_each_job_is_waited_for() -> None:
    """
    `up --wait` takes the end of a job for a success only where another service waits for it.
    """
    waited = {name for service in SERVICES.values() for name in service.get("depends_on", ())}

    assert {name for name, service in OURS.items() if "restart" not in service} <= waited


def test_prometheus_scrapes_our_ports() -> None:
    """
    All workers by the name of the service, and the sidecar.
    """
    text = (ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text()
    jobs = {job["job_name"]: job for job in yaml.safe_load(text)["scrape_configs"]}

    (workers,) = jobs["worker"]["dns_sd_configs"]
    assert (workers["names"], workers["port"]) == (["worker"], Settings().worker_http_port)
    (sidecars,) = jobs["sidecar"]["static_configs"]
    assert sidecars["targets"] == [f"sidecar:{Settings().sidecar_http_port}"]


def test_grafana_finds_prometheus_and_the_dashboards() -> None:
    """
    The data source is the service, and the folder of dashboards the one that is mounted.
    """
    provisioned = ROOT / "deploy" / "grafana" / "provisioning"
    (source,) = yaml.safe_load((provisioned / "datasources" / "prometheus.yml").read_text())[
        "datasources"
    ]
    (provider,) = yaml.safe_load((provisioned / "dashboards" / "ticketstream.yml").read_text())[
        "providers"
    ]
    mounts = dict(m.split(":")[:2] for m in SERVICES["grafana"]["volumes"] if m.startswith("./"))

    assert source["url"] == "http://prometheus:9090"
    assert mounts["./deploy/grafana"] == provider["options"]["path"]
    assert mounts["./deploy/grafana/provisioning"] == "/etc/grafana/provisioning"


def test_the_example_of_an_env_is_all_comments() -> None:
    """
    A copy that nobody has edited changes nothing.
    """
    assert all(line.startswith("#") for line in EXAMPLE.splitlines() if line)


def test_the_example_of_an_env_has_settings_and_all_of_compose() -> None:
    """
    Each line without its # is a setting that fits, a variable of the compose file's, or one of
    OpenTelemetry's that switches traces on.
    """
    lines = dict(re.findall(r"^#([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))
    traces = {k: lines.pop(k) for k in list(lines) if k.startswith("OTEL_")}
    check_variables(traces)
    assert is_wanted(traces)
    settings = {k: v for k, v in lines.items() if k.startswith(PREFIX)}
    compose = dict(INTERPOLATED.findall(TEXT))

    assert lines.keys() - settings.keys() == compose.keys()
    assert all(lines[name] == compose[name] for name in compose.keys() - {"ARTICLES", "TICKETS"})
    assert Settings(
        **{
            name.removeprefix(PREFIX).lower(): yaml.safe_load(value.strip("'"))
            for name, value in settings.items()
        }
    )


def test_secrets_stay_out_of_git_and_of_the_image() -> None:
    """
    A .env beside the compose file is ignored by Git, and no file of the build.
    """
    assert ".env" in (ROOT / ".gitignore").read_text().splitlines()
    context = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in context
    assert not any(".env" in line for line in context)
