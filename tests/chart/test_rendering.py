"""What the chart renders: valid, restricted, and in agreement with the code."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # has no types
import kubernetes_validate
import pytest
import yaml

from health.sidecar import SHUTDOWN_SECONDS
from schemas import topics
from streams.backends.kafka import names
from streams.cli.commands import cli
from streams.settings import Settings, read
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
from tests.support import chart, keda, kubernetes_tools
from tests.support.chart import CHART, VALUES
from tests.support.helm import KUBERNETES, call, rendered
from tests.support.machine import needs_real_servers

pytestmark = pytest.mark.real

CUSTOM = ("keda.sh/v1alpha1", "monitoring.coreos.com/v1")


@pytest.mark.parametrize("values", VALUES, ids=lambda path: path.stem)
def test_lint(helm: None, values: Path) -> None:
    """
    `helm lint --strict` has nothing against the chart with any file of values.
    """
    done = call("lint", "--strict", "--quiet", CHART, "--values", values)

    assert done.returncode == 0, done.stdout + done.stderr


def test_each_object_is_one_of_kubernetes(objects: list[Object]) -> None:
    """
    Each is valid and has no field that Kubernetes, KEDA or the Prometheus operator does not know.
    """
    ours = [one for one in objects if one["apiVersion"] not in CUSTOM]
    assert ours
    for one in ours:
        kubernetes_validate.validate(one, KUBERNETES, strict=True)
    for one in (one for one in objects if one["apiVersion"] in CUSTOM):
        jsonschema.validate(one, definition(one))


def definition(one: Object) -> dict[str, Any]:
    """Return the schema of a custom object, which refuses fields that it does not list."""
    for path in kubernetes_tools.definitions().iterdir():
        said = yaml.safe_load(path.read_text())
        if said["spec"]["names"]["kind"] == one["kind"]:
            version = one["apiVersion"].rpartition("/")[2]
            (found,) = (v for v in said["spec"]["versions"] if v["name"] == version)
            schema: dict[str, Any] = strict(found["schema"]["openAPIV3Schema"], top=True)
            return schema
    raise LookupError(one["kind"])


def strict(schema: Any, *, top: bool = False) -> Any:
    """Return *schema* such that it refuses what it does not list."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: strict(below) for name, below in schema.items()}
    if isinstance(schema.get("properties"), dict) and "type" in schema and not top:
        made.setdefault("additionalProperties", False)
    if top:
        made["properties"]["metadata"] = {"type": "object"}
    if str(schema.get("pattern", "")).startswith("^(?i)"):
        made.pop("pattern")  # Go's own way to write it
    return made


def test_everything_has_each_kind(everything: list[Object]) -> None:
    """
    Each kind of object that the chart can make is made there, so the tests see it.
    """
    written = "".join(path.read_text() for path in (CHART / "templates").iterdir())
    kinds = set(re.findall(r"^kind: (\w+)$", written, re.MULTILINE))

    assert {one["kind"] for one in everything} == kinds - {"HorizontalPodAutoscaler"}


def test_names_are_unique(objects: list[Object]) -> None:
    """
    No two objects of a kind have the same name.
    """
    found = Counter((one["kind"], one["metadata"]["name"]) for one in objects)

    assert [one for one, times in found.items() if times > 1] == []


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
            assert read().environment


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


def test_the_service_leads_to_the_sidecar(objects: list[Object]) -> None:
    """
    Service and Ingress name ports that exist, and select the sidecar's pods alone.
    """
    (service,) = of_kind(objects, "Service")
    chosen = [name for name, pod in pods(objects).items() if selects(service["spec"], pod)]

    assert chosen == ["sidecar"]
    assert service["spec"]["ports"][0]["targetPort"] == "http"
    for ingress in of_kind(objects, "Ingress"):
        for rule in ingress["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                backend = path["backend"]["service"]
                assert backend == {"name": service["metadata"]["name"], "port": {"name": "http"}}


def selects(selector: dict[str, Any], pod: Object) -> bool:
    """Say whether *selector*, with the labels below `selector` or `matchLabels`, takes *pod*."""
    wanted = selector.get("matchLabels") or selector["selector"]
    return bool(wanted.items() <= pod["metadata"]["labels"].items())


def test_selectors(objects: list[Object]) -> None:
    """
    Deployments, budgets and policies each select the pods of their own component alone.
    """
    there = pods(objects)
    for one in of_kind(objects, "Deployment", "PodDisruptionBudget", "NetworkPolicy"):
        selector = one["spec"].get("selector") or one["spec"]["podSelector"]
        assert [name for name, pod in there.items() if selects(selector, pod)] == [component(one)]


def test_selectors_never_change(helm: None) -> None:
    """
    Neither names, labels, versions nor images are in a selector: Kubernetes refuses to change one.
    """
    changed = ("nameOverride=other", "commonLabels.team=x", "image.tag=v9", "worker.podLabels.a=b")
    plain = rendered(*SMALL, release="ticketstream")
    others = rendered(*SMALL, *(f"--set={one}" for one in changed), release="ticketstream")

    assert [d["spec"]["selector"] for d in of_kind(others, "Deployment")] == [
        d["spec"]["selector"] for d in of_kind(plain, "Deployment")
    ]


def test_labels_of_ours_win(helm: None) -> None:
    """
    A common label with the name of one of ours does not break the selectors.
    """
    objects = rendered(*SMALL, "--set", r"commonLabels.app\.kubernetes\.io/component=mine")

    test_selectors(objects)


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


def test_hooks(objects: list[Object]) -> None:
    """
    Topics are created before anything is installed; `check` runs when all is there, and by
    `helm test`. Nothing that a hook needs before the install comes with the install.
    """
    hooks = {component(one): one for one in of_kind(objects, "Job")}
    events = {name: one["metadata"]["annotations"]["helm.sh/hook"] for name, one in hooks.items()}
    before = hooks["topics"]["spec"]["template"]["spec"]
    installed = {
        one["metadata"]["name"]
        for one in objects
        if "helm.sh/hook" not in one["metadata"].get("annotations", {})
    }

    assert events == {
        "topics": "pre-install,pre-upgrade",
        "check": "post-install,post-upgrade,test",
    }
    assert before["serviceAccountName"] not in installed
    assert installed & set(references(before)) == set()


def references(spec: dict[str, Any]) -> Iterator[str]:
    """Yield the names of the Secrets and ConfigMaps that a pod needs."""
    for volume in spec["volumes"]:
        if "configMap" in volume:
            yield volume["configMap"]["name"]
        for source in volume.get("projected", {}).get("sources", ()):
            (kind,) = source.values()
            yield kind["name"]
    for variable in spec["containers"][0]["env"]:
        for kind in variable.get("valueFrom", {}).values():
            yield kind["name"]


def test_secrets_reach_those_who_need_them(everything: list[Object]) -> None:
    """
    The model's key stays with the workers, the keys of callers with the sidecar; topics are
    created by a user of their own.
    """
    needed = {name: set(references(pod["spec"])) for name, pod in pods(everything).items()}
    definitions = "help-triage-definitions"

    assert needed == {
        "worker": {"kafka-user", "kafka-ca", "openai", "weaviate", definitions},
        "sidecar": {"kafka-user", "kafka-ca", "api-keys", definitions},
        "topics": {"kafka-admin", "kafka-ca"},
        "check": {"kafka-user", "kafka-ca", "openai", "weaviate", "api-keys", definitions},
    }


def test_files_from_secrets_are_where_the_setting_says(everything: list[Object]) -> None:
    """
    A setting that ends in `_file` names the path at which its Secret is mounted.
    """
    pod = pods(everything)["worker"]
    (volume,) = (v for v in pod["spec"]["volumes"] if v["name"] == "files")
    (mount,) = (m for m in container(pod)["volumeMounts"] if m["name"] == "files")
    items = [
        item for s in volume["projected"]["sources"] for item in next(iter(s.values()))["items"]
    ]
    mounted = {f"{mount['mountPath']}/{item['path']}" for item in items}

    env = environment(pod)
    assert mounted == {env["kafka_ca_file"], env["openai_api_key_file"]}


def test_definitions_are_where_the_setting_says(everything: list[Object]) -> None:
    """
    Taxonomy and policy are mounted at the paths of their settings, and a change replaces the pods.
    """
    (data,) = (
        one["data"] for one in of_kind(everything, "ConfigMap") if "policy.yaml" in one["data"]
    )
    for name in ("worker", "sidecar"):
        pod = pods(everything)[name]
        (mount,) = (m for m in container(pod)["volumeMounts"] if m["name"] == "definitions")
        env = environment(pod)
        assert {env["taxonomy_file"], env["policy_file"]} == {
            f"{mount['mountPath']}/{file}" for file in data
        }
        assert "checksum/definitions" in pod["metadata"]["annotations"]


def test_the_texts_of_definitions(everything: list[Object]) -> None:
    """
    They arrive as they were given.
    """
    given = yaml.safe_load((CHART / "values" / "everything.yaml").read_text())
    data = named(everything, "ConfigMap", "-definitions")["data"]

    assert data == {"taxonomy.yaml": given["taxonomy"], "policy.yaml": given["policy"]}


def test_alerts_and_dashboards(everything: list[Object]) -> None:
    """
    They are the files of deploy/prometheus and deploy/grafana, letter by letter.
    """
    (rule,) = of_kind(everything, "PrometheusRule")
    shown = {
        name: text
        for one in of_kind(everything, "ConfigMap")
        for name, text in one["data"].items()
        if "grafana_dashboard" in one["metadata"]["labels"]
    }

    assert rule["spec"] == yaml.safe_load(chart.RULES.read_text())
    assert shown == {path.name: path.read_text() for path in chart.DASHBOARDS.glob("*.json")}
    assert shown


def test_all_pods_that_run_are_scraped(everything: list[Object], large: list[Object]) -> None:
    """
    The PodMonitor takes workers and sidecars, and no job.
    """
    for objects in (everything, large):
        (monitor,) = of_kind(objects, "PodMonitor")
        (wanted,) = monitor["spec"]["selector"]["matchExpressions"]
        running = {component(one) for one in of_kind(objects, "Deployment")}
        assert set(wanted["values"]) == running
        for name in running:
            assert selects(monitor["spec"]["selector"], pods(objects)[name])


def test_network_policies(everything: list[Object]) -> None:
    """
    A pod may call DNS and the ports of what its settings name, and nothing else.
    """
    always = {53, 4318}
    opened = {
        component(one): {p["port"] for rule in one["spec"]["egress"] for p in rule["ports"]}
        for one in of_kind(everything, "NetworkPolicy")
    }

    assert opened == {
        "worker": always | {9094, 8080, 50051, 8000},
        "check": always | {9094, 8080, 50051, 8000},
        "sidecar": always | {9094},
        "topics": always | {9094},
    }


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.openai.com/v1", 443),
        ("http://vllm/v1", 80),
        ("http://vllm:8000/v1", 8000),
        ("http://[::1]:8001/v1", 8001),
    ],
)
def test_the_port_of_an_address(helm: None, url: str, expected: int) -> None:
    """
    Without one it is that of the scheme.
    """
    objects = rendered(
        *("--set", "settings.kafka_brokers=a:1\\,b:2", "--set", "networkPolicy.enabled=true"),
        *("--set", "settings.llm=openai", "--set", f"settings.openai_base_url={url}"),
    )
    _, others = named(objects, "NetworkPolicy", "-worker")["spec"]["egress"]

    assert [one["port"] for one in others["ports"]] == [1, 2, expected]


def test_a_hook_finds_its_network_policy(everything: list[Object]) -> None:
    """
    Before the first install there is none but the hooks' own: each comes before its job, at the
    same events, and goes with it.
    """
    policies = {component(one): one for one in of_kind(everything, "NetworkPolicy")}
    for job in of_kind(everything, "Job"):
        ours, its = (one["metadata"]["annotations"] for one in (policies[component(job)], job))
        for name in ("helm.sh/hook", "helm.sh/hook-delete-policy"):
            assert ours[name] == its[name]
        assert int(ours["helm.sh/hook-weight"]) < int(its["helm.sh/hook-weight"])


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


def test_recreate(helm: None) -> None:
    """
    A strategy without a rolling update has none of its numbers.
    """
    objects = rendered(*SMALL, "--set", "worker.strategy.type=Recreate")

    assert named(objects, "Deployment", "-worker")["spec"]["strategy"] == {"type": "Recreate"}


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


@pytest.mark.parametrize("release", ["a", "r" * 53, f"{'r' * 30}-{'x' * 22}"])
@pytest.mark.parametrize("values", VALUES, ids=lambda path: path.stem)
def test_names_are_short_enough(helm: None, release: str, values: Path) -> None:
    """
    Whatever the release is called, names are no longer than Kubernetes and KEDA take.
    """
    objects = rendered("--values", values, release=release)

    lengths = {one["metadata"]["name"]: one["kind"] for one in objects}
    assert max(map(len, lengths)) <= 63
    for name, kind in lengths.items():
        if kind == "ScaledObject":
            assert len(f"keda-hpa-{name}") <= 63


def test_long_releases_stay_apart(helm: None) -> None:
    """
    Two long names that begin alike do not share an object.
    """
    one, other = (
        {(o["kind"], o["metadata"]["name"]) for o in rendered(*SMALL, release=f"{'r' * 50}{x}")}
        for x in "ab"
    )

    assert one & other == set()


def test_two_releases_in_a_namespace(helm: None) -> None:
    """
    They share no object, and neither selects the pods of the other.
    """
    one, other = (rendered(*SMALL, release=name) for name in ("blue", "green"))

    ours = {(o["kind"], o["metadata"]["name"]) for o in one}
    assert ours & {(o["kind"], o["metadata"]["name"]) for o in other} == set()
    for owner in of_kind(one, "Deployment", "PodDisruptionBudget"):
        for pod in pods(other).values():
            assert not selects(owner["spec"]["selector"], pod)


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


def test_openshift(helm: None) -> None:
    """
    A cluster that gives out user ids itself can have them left away.
    """
    ids = ("runAsUser", "runAsGroup", "fsGroup")
    objects = rendered(*SMALL, *(f"--set=podSecurityContext.{one}=null" for one in ids))

    for pod in pods(objects).values():
        assert set(pod["spec"]["securityContext"]) == {"runAsNonRoot", "seccompProfile"}


def test_the_packaged_chart(everything: list[Object], tmp_path: Path) -> None:
    """
    The archive that `helm package` makes renders the same as the folder.
    """
    assert call("package", CHART, "--destination", tmp_path).returncode == 0
    (archive,) = tmp_path.iterdir()
    done = call(
        *("template", "help", archive, "--namespace", "support"),
        *("--values", CHART / "values" / "everything.yaml"),
    )

    assert [one for one in yaml.safe_load_all(done.stdout) if one] == everything


def test_a_part_of_another_chart(tmp_path: Path) -> None:
    """
    A chart that has this one as a dependency installs it with values below its name.
    """
    needs_real_servers()
    assert call("package", CHART, "--destination", tmp_path / "charts").returncode == 0
    version = yaml.safe_load((CHART / "Chart.yaml").read_text())["version"]
    part = {"name": "ticketstream", "version": version}
    whole = {"apiVersion": "v2", "name": "desk", "version": "1.0.0", "dependencies": [part]}
    (tmp_path / "Chart.yaml").write_text(yaml.safe_dump(whole))
    ours = {"settings": {"kafka_brokers": "kafka:9092"}, "metrics": {"rules": {"enabled": True}}}
    (tmp_path / "values.yaml").write_text(
        yaml.safe_dump({"global": {"a": 1}, "ticketstream": ours})
    )
    done = call("template", "help", tmp_path)
    objects = [one for one in yaml.safe_load_all(done.stdout) if one]

    assert done.returncode == 0, done.stderr
    assert len(of_kind(objects, "Deployment")) == 2
    assert named(objects, "PrometheusRule", "")["spec"]["groups"]
