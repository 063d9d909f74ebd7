"""What runs in the pods: our commands, with our settings, restricted, and with time to end."""

from __future__ import annotations

import math

import pytest
import yaml

from health.http.port import SHUTDOWN_SECONDS
from schemas import topics
from streams.cli.commands import cli
from streams.settings import Settings, read_settings
from streams.worker import END_SECONDS
from tests.chart.objects import (
    SMALL,
    Object,
    component,
    container,
    environment,
    named,
    of_kind,
    pods,
    port,
)
from tests.support import chart
from tests.support.chart import CHART
from tests.support.helm import rendered

pytestmark = pytest.mark.real


def test_settings_are_settings(objects: list[Object], monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Each process reads its environment without a complaint.
    """
    there = pods(objects)
    assert {"sidecar", "topics", "check"} < set(there)
    for pod in there.values():
        with monkeypatch.context() as its_own:
            for name, value in environment(pod).items():
                text = value if isinstance(value, str) else "https://a.example"
                its_own.setenv(f"TICKETSTREAM_{name.upper()}", text)
            assert read_settings().environment


def test_numbers_and_objects_arrive_as_they_are(everything: list[Object]) -> None:
    """
    A large number has no exponent, and an object is JSON.
    """
    found = environment(pods(everything)["worker"])

    assert found["remembered"] == "100000"
    assert found["openai_prices"] == '{"llama":[0.1,0.4]}'
    assert found["grace_seconds"] == "45.5"


def test_a_million(helm: None) -> None:
    """
    The largest number that a setting may have arrives as digits.
    """
    objects = rendered(*SMALL, "--set", "settings.fault_limit=1000000")

    assert environment(pods(objects)["worker"])["fault_limit"] == "1000000"


def test_commands_are_commands(objects: list[Object]) -> None:
    """
    Each container runs a command of ticketstream, with options that it has.
    """
    for pod in pods(objects).values():
        run = container(pod)
        assert run["command"] == ["ticketstream"]
        name, *options = run["args"]
        cli.commands[name].make_context(name, list(options)).close()


def test_a_deployment_for_each_stage(large: list[Object]) -> None:
    """
    With one Deployment for each stage, all stages are hosted, each by its own.
    """
    hosted = {
        component(one): container(one["spec"]["template"])["args"][1:]
        for one in of_kind(large, "Deployment")
    }

    assert hosted.pop("sidecar") == []
    assert hosted == {stage: ["--stage", stage] for stage in topics.READS}


def test_all_stages_together(small: list[Object]) -> None:
    """
    With one Deployment its workers host all stages.
    """
    (worker,) = (one for one in of_kind(small, "Deployment") if component(one) != "sidecar")

    assert container(worker["spec"]["template"])["args"] == ["worker"]


def test_ports(objects: list[Object]) -> None:
    """
    Each process listens on the port that Kubernetes probes, and on all addresses.
    """
    for name, pod in pods(objects).items():
        if name in ("topics", "check"):
            continue
        kind = "sidecar" if name == "sidecar" else "worker"
        env = environment(pod)
        default = Settings.model_fields[f"{kind}_http_port"].default
        assert port(pod) == int(env.get(f"{kind}_http_port", default))
        assert env[f"{kind}_host"] == "0.0.0.0"  # noqa: S104  # in a pod
        run = container(pod)
        probed = {
            run[f"{probe}Probe"]["httpGet"]["path"]: run[f"{probe}Probe"]["httpGet"]["port"]
            for probe in ("startup", "liveness", "readiness")
        }
        assert probed == {"/health/live": "http", "/health/ready": "http"}


def test_pods_are_restricted(objects: list[Object]) -> None:
    """
    Every pod is what Pod Security calls restricted, writes only to /tmp, and has no token.
    """
    for pod in pods(objects).values():
        spec, run = pod["spec"], container(pod)
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] == 10001
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert run["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"name": "tmp", "mountPath": "/tmp"} in run["volumeMounts"]  # noqa: S108  # of a pod
        assert (spec["automountServiceAccountToken"], spec["enableServiceLinks"]) == (False, False)
        assert run["resources"]["limits"]["memory"]


def test_openshift(helm: None) -> None:
    """
    A cluster that gives out user ids itself can have them left away.
    """
    ids = ("runAsUser", "runAsGroup", "fsGroup")
    objects = rendered(*SMALL, *(f"--set=podSecurityContext.{one}=null" for one in ids))

    for pod in pods(objects).values():
        assert set(pod["spec"]["securityContext"]) == {"runAsNonRoot", "seccompProfile"}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((), "ticketstream:0.2.0"),
        (("registry=r.example:5000",), "r.example:5000/ticketstream:0.2.0"),
        (("registry=r.example/", "tag=v1"), "r.example/ticketstream:v1"),
        (("digest=sha256:" + "a" * 64, "tag=v1"), "ticketstream@sha256:" + "a" * 64),
    ],
)
def test_image(helm: None, values: tuple[str, ...], expected: str) -> None:
    """
    Registry, tag and digest go to each pod.
    """
    objects = rendered(*SMALL, *(f"--set=image.{value}" for value in values))
    version = yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"]

    images = {container(pod)["image"] for pod in pods(objects).values()}
    assert images == {expected.replace("0.2.0", version)}


def test_grace_periods(objects: list[Object]) -> None:
    """
    Kubernetes kills a pod only after the time that its process allows itself.
    """
    for one in of_kind(objects, "Deployment"):
        pod = one["spec"]["template"]
        default = Settings.model_fields["grace_seconds"].default
        grace = float(environment(pod).get("grace_seconds", default))
        given = pod["spec"]["terminationGracePeriodSeconds"]
        if component(one) == "sidecar":
            before = container(pod)["lifecycle"]["preStop"]["sleep"]["seconds"]
            assert given >= before + grace + 2 * SHUTDOWN_SECONDS
        else:
            assert given >= grace + END_SECONDS


def test_the_default_grace_periods(small: list[Object]) -> None:
    """
    They are as long as a process needs, and a little longer.
    """
    grace = Settings.model_fields["grace_seconds"].default
    there = pods(small)

    assert there["worker"]["spec"]["terminationGracePeriodSeconds"] == (
        math.ceil(grace) + END_SECONDS + chart.MARGIN_SECONDS
    )


def test_rollouts_need_no_fewer_workers(small: list[Object], large: list[Object]) -> None:
    """
    By default a new pod is ready before an old one ends.
    """
    for one in of_kind([*small, *large], "Deployment"):
        assert one["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


def test_recreate(helm: None) -> None:
    """
    A strategy without a rolling update has none of its numbers.
    """
    objects = rendered(*SMALL, "--set", "worker.strategy.type=Recreate")

    assert named(objects, "Deployment", "-worker")["spec"]["strategy"] == {"type": "Recreate"}
