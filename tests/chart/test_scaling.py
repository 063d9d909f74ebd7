"""When KEDA or a HorizontalPodAutoscaler starts a worker, and when it takes one away."""

from __future__ import annotations

import math
import re

import kubernetes_validate
import pytest

from schemas import topics
from streams.backends.kafka import names
from streams.settings import Settings
from tests.chart.objects import (
    SMALL,
    Object,
    container,
    named,
    of_kind,
    pods,
)
from tests.support import keda
from tests.support.helm import KUBERNETES, rendered

pytestmark = pytest.mark.real


def test_lag_is_asked_of_our_groups(everything: list[Object]) -> None:
    """
    KEDA looks at the topic that a stage reads, and at its consumer group.
    """
    settings = Settings(topic_prefix="eu-")
    (scaled,) = of_kind(everything, "ScaledObject")
    asked = {
        (one["metadata"]["topic"], one["metadata"]["consumerGroup"])
        for one in scaled["spec"]["triggers"]
        if one["type"] == "kafka"
    }

    assert asked == {
        (names.topic(settings, topic), names.group(settings, stage))
        for stage, topic in topics.READS.items()
    }


def test_one_slow_ticket_starts_no_worker(everything: list[Object], large: list[Object]) -> None:
    """
    Lag counts from the committed offset, so its threshold is at least the window.
    """
    for scaled in of_kind([*everything, *large], "ScaledObject"):
        for trigger in scaled["spec"]["triggers"]:
            if trigger["type"] == "kafka":
                least = Settings.model_fields["window"].default
                assert int(trigger["metadata"]["lagThreshold"]) >= least


def test_workers_go_slowly(everything: list[Object], large: list[Object]) -> None:
    """
    Autoscaling takes a worker away only after longer than a session, and one at a time.
    """
    session = Settings.model_fields["session_seconds"].default
    for scaled in of_kind([*everything, *large], "ScaledObject"):
        config = scaled["spec"]["advanced"]["horizontalPodAutoscalerConfig"]
        down = config["behavior"]["scaleDown"]
        assert down["stabilizationWindowSeconds"] > session
        assert scaled["spec"]["cooldownPeriod"] > session
        assert down["policies"] == [{"type": "Pods", "value": 1, "periodSeconds": 60}]


def test_autoscaling_owns_the_replicas(everything: list[Object], large: list[Object]) -> None:
    """
    A Deployment that is scaled by others does not say how many workers it has.
    """
    for objects in (everything, large):
        scaled = {one["spec"]["scaleTargetRef"]["name"] for one in of_kind(objects, "ScaledObject")}
        for one in of_kind(objects, "Deployment"):
            assert ("replicas" in one["spec"]) == (one["metadata"]["name"] not in scaled)


def test_the_formula_names_its_triggers(everything: list[Object], large: list[Object]) -> None:
    """
    Each trigger is in the formula, and each name of the formula is a trigger.
    """
    for scaled in of_kind([*everything, *large], "ScaledObject"):
        formula = scaled["spec"]["advanced"]["scalingModifiers"]["formula"]
        used = set(re.findall(r"[a-z_]+", formula)) - {"max"}
        assert used == {trigger["name"] for trigger in scaled["spec"]["triggers"]}


@pytest.mark.parametrize(
    ("busy", "held", "lag", "workers"),
    [
        pytest.param(0, 0, 0, 0, id="nothing to do"),
        pytest.param(30, 0, 40, 1, id="one worker has room"),
        pytest.param(144, 0, 100, 3, id="three are as busy as they should be"),
        pytest.param(192, 0, 100, 4, id="all slots of three are busy"),
        pytest.param(1, 0, 256, 1, id="a slow ticket shows a whole window"),
        pytest.param(10, 0, 2_560, 10, id="a backlog"),
        pytest.param(0, 192, 50_000, 3, id="the model is away: more would only rebalance"),
        pytest.param(150, 2, 1_000, 4, id="a few calls failed"),
    ],
)
def test_how_many_workers(
    large: list[Object], busy: float, held: float, lag: float, workers: int
) -> None:
    """
    KEDA asks for as many workers as slots are busy or messages wait; while a stage holds its
    tickets, for as many as there are.
    """
    (scaled,) = of_kind(large, "ScaledObject")
    modifiers = scaled["spec"]["advanced"]["scalingModifiers"]
    there = {"busy": busy, "held": held, "lag_drafting": lag, "workers": 3}

    wanted = keda.evaluated(modifiers["formula"], there)
    assert math.ceil(wanted / float(modifiers["target"])) == workers


def test_brokers_from_a_secret(helm: None) -> None:
    """
    Where the addresses of the brokers are in a Secret, KEDA takes them from the worker, too.
    """
    objects = rendered(
        *(
            "--set",
            "settingsFrom.kafka_brokers.secret=k",
            "--set",
            "settingsFrom.kafka_brokers.key=b",
        ),
        *("--set", "worker.autoscaling.type=keda"),
    )
    (scaled,) = of_kind(objects, "ScaledObject")
    (asked,) = {one["metadata"]["bootstrapServersFromEnv"] for one in scaled["spec"]["triggers"]}

    assert asked in {variable["name"] for variable in container(pods(objects)["worker"])["env"]}


def test_keda_logs_in_as_a_worker(everything: list[Object]) -> None:
    """
    KEDA takes user and password from the worker's environment, and the authority from its volume.
    """
    (login,) = of_kind(everything, "TriggerAuthentication")
    pod = pods(everything)["worker"]
    env = {variable["name"] for variable in container(pod)["env"]}

    assert {one["name"] for one in login["spec"]["env"]} <= env
    assert {one["containerName"] for one in login["spec"]["env"]} == {container(pod)["name"]}
    assert {one["parameter"] for one in login["spec"]["env"]} == {"username", "password"}
    assert login["spec"]["configMapTargetRef"] == [
        {"parameter": "ca", "name": "kafka-ca", "key": "ca.crt"}
    ]


@pytest.mark.skipif(
    "kafka_oauth_token_url" not in Settings.model_fields, reason="there is no login by token yet"
)
def test_a_login_by_token(helm: None) -> None:
    """
    KEDA and the network policies follow a login by OAUTHBEARER.
    """
    objects = rendered(
        *SMALL,
        *("--set", "settings.kafka_security_protocol=SASL_SSL"),
        *("--set", "settings.kafka_sasl_mechanism=OAUTHBEARER"),
        *("--set", "settings.kafka_oauth_client_id=me"),
        *("--set", "settings.kafka_oauth_token_url=https://login.example:8443/token"),
        *("--set", "settingsFrom.kafka_oauth_client_secret_file.secret=oauth"),
        *("--set", "settingsFrom.kafka_oauth_client_secret_file.key=secret"),
        *("--set", "worker.autoscaling.type=keda", "--set", "networkPolicy.enabled=true"),
    )
    (login,) = of_kind(objects, "TriggerAuthentication")
    _, others = named(objects, "NetworkPolicy", "-topics")["spec"]["egress"]

    assert {one["parameter"] for one in login["spec"]["env"]} == {
        "username",
        "oauthTokenEndpointUri",
    }
    assert login["spec"]["secretTargetRef"] == [
        {"parameter": "password", "name": "oauth", "key": "secret"}
    ]
    assert [one["port"] for one in others["ports"]] == [9092, 8443]


def test_hpa(helm: None) -> None:
    """
    Without KEDA a HorizontalPodAutoscaler looks at the busy slots of each worker.
    """
    objects = rendered(*SMALL, "--set", "worker.autoscaling.type=hpa")
    (hpa,) = of_kind(objects, "HorizontalPodAutoscaler")

    kubernetes_validate.validate(hpa, KUBERNETES, strict=True)
    assert (
        hpa["spec"]["scaleTargetRef"]["name"]
        == named(objects, "Deployment", "-worker")["metadata"]["name"]
    )
    assert hpa["spec"]["metrics"][0]["pods"]["target"] == {
        "type": "AverageValue",
        "averageValue": "48",
    }
