"""What belongs together finds each other: hooks, Secrets, files, Services, policies, metrics."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.objects import (
    SMALL,
    Object,
    component,
    container,
    environment,
    named,
    of_kind,
    pods,
    selects,
)
from tests.support import chart
from tests.support.chart import CHART
from tests.support.helm import rendered

pytestmark = pytest.mark.real

DEFINITIONS = {
    "taxonomy_file": "taxonomy.yaml",
    "policy_file": "policy.yaml",
    "voice_file": "voice.yaml",
    "triage_prompt_file": "triage_prompt.md",
    "drafting_prompt_file": "drafting_prompt.md",
}
"""Settings that an operator's texts are files of, and what these are called in the pods."""


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


def test_topics_get_the_partitions_that_limit_the_workers(helm: None) -> None:
    """
    One value says how many there are, and how many missing topics are created with.
    """
    given = ("-f", CHART / "values" / "small.yaml", "--set", "partitions=36")
    jobs = {component(one): one for one in of_kind(rendered(*given), "Job")}
    (created,) = jobs["topics"]["spec"]["template"]["spec"]["containers"]

    told = {one["name"]: one.get("value") for one in created["env"]}
    assert told["TICKETSTREAM_PARTITIONS"] == "36"


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
    (definitions,) = (one["metadata"]["name"] for one in given_definitions(everything))

    assert needed == {
        "worker": {"kafka-user", "kafka-ca", "openai", "weaviate", definitions},
        "sidecar": {"kafka-user", "kafka-ca", "api-keys"},
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


def given_definitions(made: list[Object]) -> list[Object]:
    """Return the ConfigMaps with an operator's texts."""
    return [one for one in of_kind(made, "ConfigMap") if component(one) == "definitions"]


def test_definitions_are_where_the_setting_says(everything: list[Object]) -> None:
    """
    Taxonomy, policy and prompts are mounted at the paths of their settings, where they are used.
    """
    (data,) = (one["data"] for one in given_definitions(everything))
    for name in ("worker", "check"):
        pod = pods(everything)[name]
        (mount,) = (m for m in container(pod)["volumeMounts"] if m["name"] == "definitions")
        env = environment(pod)
        assert {name: env[name] for name in DEFINITIONS} == {
            name: f"{mount['mountPath']}/{file}" for name, file in DEFINITIONS.items()
        }
        assert data.keys() == {*DEFINITIONS.values()}


def test_the_texts_of_definitions(everything: list[Object]) -> None:
    """
    They arrive as they were given.
    """
    given = yaml.safe_load((CHART / "values" / "everything.yaml").read_text())
    (data,) = (one["data"] for one in given_definitions(everything))

    assert data == {
        "taxonomy.yaml": given["taxonomy"],
        "policy.yaml": given["policy"],
        "voice.yaml": given["voice"],
        "triage_prompt.md": given["prompts"]["triage"],
        "drafting_prompt.md": given["prompts"]["drafting"],
    }


@pytest.mark.usefixtures("helm")
@pytest.mark.parametrize(
    "value", ["taxonomy", "policy", "voice", "prompts.triage", "prompts.drafting"]
)
def test_one_definition_alone(value: str, tmp_path: Path) -> None:
    """
    Each is given without the others, letter by letter. Another text is in another object, that
    never changes; so it replaces the workers, and no pod sees another text than it began with.
    """
    text = tmp_path / "text"
    mounted = set()
    unmoved = []
    for given in ("first: {{ .x }}\n\n  - <a> $b \"ü\" 'c'\n", "second", "third\n\n"):
        text.write_text(given)
        made = rendered(*SMALL, "--set-file", f"{value}={text}")
        (one,) = given_definitions(made)
        assert [*one["data"].values()] == [given]
        assert one["immutable"]
        for name in ("worker", "check"):
            pod = pods(made)[name]
            (volume,) = (v for v in pod["spec"]["volumes"] if v["name"] == "definitions")
            assert volume["configMap"]["name"] == one["metadata"]["name"]
            assert len([v for v in environment(pod).values() if "/definitions/" in str(v)]) == 1
        mounted.add(one["metadata"]["name"])
        unmoved.append([pods(made)[name] for name in ("topics", "sidecar")])
    assert len(mounted) == 3
    assert unmoved == [unmoved[0]] * 3
    assert "/definitions/" not in str(unmoved)


def test_without_definitions(small: list[Object]) -> None:
    """
    The included ones are used: there is no ConfigMap, no mount and no setting.
    """
    assert given_definitions(small) == []
    for pod in pods(small).values():
        assert not DEFINITIONS.keys() & environment(pod).keys()
        assert "definitions" not in [m["name"] for m in container(pod)["volumeMounts"]]


def test_dashboards(everything: list[Object]) -> None:
    """
    They are the files of deploy/grafana, letter by letter.
    """
    shown = {
        name: text
        for one in of_kind(everything, "ConfigMap")
        for name, text in one["data"].items()
        if "grafana_dashboard" in one["metadata"]["labels"]
    }

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


TLS = (
    "--set",
    "sidecar.settingsFrom.sidecar_certificate_file.secret=tls",
    "--set",
    "sidecar.settingsFrom.sidecar_certificate_file.key=tls.crt",
    "--set",
    "sidecar.settingsFrom.sidecar_key_file.secret=tls",
    "--set",
    "sidecar.settingsFrom.sidecar_key_file.key=tls.key",
)
BASE = (
    *("--set", "settings.kafka_brokers=a:1", "--set", "metrics.podMonitor.enabled=true"),
    *("--set", "networkPolicy.enabled=true", "--set", "checkSecrets=false"),
    *("--set", "networkPolicy.scrapers[0].podSelector.matchLabels.app=prometheus"),
    *("--set", "networkPolicy.callers[0].podSelector.matchLabels.app=desk"),
)


def test_a_sidecar_with_tls(helm: None) -> None:
    """
    Its certificate is mounted as files; probes and Prometheus call it by https, workers by http.
    """
    objects = rendered(*BASE, *TLS)
    pod, worker = pods(objects)["sidecar"], pods(objects)["worker"]
    sidecar, mounted = container(pod), environment(pod)
    monitors = {m["metadata"]["name"]: m["spec"] for m in of_kind(objects, "PodMonitor")}
    (own,) = (m for name, m in monitors.items() if name.endswith("-sidecar"))
    (others,) = (m for name, m in monitors.items() if not name.endswith("-sidecar"))

    for setting in ("CERTIFICATE", "KEY"):
        path = mounted[f"sidecar_{setting.lower()}_file"]
        assert path.startswith("/etc/ticketstream/files/")
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert sidecar[probe]["httpGet"]["scheme"] == "HTTPS"
    (endpoint,) = own["podMetricsEndpoints"]
    assert (endpoint["port"], endpoint["scheme"]) == ("http", "https")
    assert endpoint["tlsConfig"] == {"insecureSkipVerify": True}
    assert "scheme" not in others["podMetricsEndpoints"][0]
    assert others["selector"]["matchExpressions"][0]["values"] == ["worker"]
    assert "scheme" not in container(worker)["readinessProbe"]["httpGet"]
    assert "sidecar_key_file" not in environment(worker)


def test_a_port_for_metrics_and_documents(helm: None) -> None:
    """
    Scrapers reach it and nothing else, callers do not, and Prometheus asks there.
    """
    own = ("--set", "sidecar.settings.sidecar_internal_http_port=8090")
    objects = rendered(*BASE, *own)
    ports = container(pods(objects)["sidecar"])["ports"]
    rules = named(objects, "NetworkPolicy", "-sidecar")["spec"]["ingress"]
    monitor = named(objects, "PodMonitor", "-sidecar")["spec"]["podMetricsEndpoints"]

    assert {one["name"]: one["containerPort"] for one in ports} == {"http": 8080, "internal": 8090}
    assert {
        rule["ports"][0]["port"]: [
            peer["podSelector"]["matchLabels"]["app"] for peer in rule["from"]
        ]
        for rule in rules
    } == {"http": ["desk"], "internal": ["prometheus"]}
    assert [one["port"] for one in monitor] == ["internal"]
    service = named(objects, "Service", "-sidecar")["spec"]["ports"]
    assert [one["targetPort"] for one in service] == ["http"]


def test_metrics_and_documents_off(helm: None) -> None:
    """
    Then nobody asks the sidecar for metrics.
    """
    off = ("--set", "sidecar.settings.sidecar_internal_http_port=off")
    objects = rendered(*BASE, *off)
    (monitor,) = of_kind(objects, "PodMonitor")
    (rule,) = named(objects, "NetworkPolicy", "-sidecar")["spec"]["ingress"]

    assert monitor["spec"]["selector"]["matchExpressions"][0]["values"] == ["worker"]
    assert [peer["podSelector"]["matchLabels"]["app"] for peer in rule["from"]] == ["desk"]


def test_secrets_as_files(helm: None) -> None:
    """
    Keys of the model and of Weaviate can be mounted, and are read again when they change.
    """
    names = ("openai_api_key_file", "openai_ca_file", "weaviate_api_key_file", "weaviate_ca_file")
    given = [
        one
        for name in names
        for key in ("secret", "key")
        for one in ("--set", f"settingsFrom.{name}.{key}={key}-of-it")
    ]
    objects = rendered(*BASE, *given)
    worker = pods(objects)["worker"]
    found = environment(worker)

    assert {n: found[n] for n in names} == {n: f"/etc/ticketstream/files/{n}" for n in names}
    assert "subPath" not in str(worker)  # a file mounted so is never updated


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
        ("https://[::1]:8443", 8443),
        ("https://[::1]/v1", 443),
        ("http://[fd00::8080]/v1", 80),
        ("https://llm2/v1", 443),
        ("https://10.0.0.5/v1", 443),
        ("https://10.0.0.5:8443/v1", 8443),
        ("http://h8080/v1", 80),
        ("https://llm2:8000", 8000),
        ("https://user:9@llm2/v1", 443),
        ("https://llm2/v1:7", 443),
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


@pytest.mark.parametrize(
    ("brokers", "expected"),
    [
        ("kafka2:9094", [9094]),
        ("[fd00::1]:9095\\, kafka3:9096\\,", [9095, 9096]),
        ("kafka2", [9092]),
        ("[fd00::7]", [9092]),
    ],
)
def test_the_ports_of_brokers(helm: None, brokers: str, expected: list[int]) -> None:
    """
    Digits at the end of a host are no port.
    """
    assert egress_ports("worker", "--set", f"settings.kafka_brokers={brokers}") == expected


def egress_ports(of: str, *values: str) -> list[int]:
    """Return the ports that pods of a component may call with *values*, DNS apart."""
    objects = rendered("--set", "networkPolicy.enabled=true", *values)
    _, others = named(objects, "NetworkPolicy", f"-{of}")["spec"]["egress"]
    return [one["port"] for one in others["ports"]]


SEEN = "settings.kafka_oauth_token_url=http://login2/token"
HIDDEN = (
    *("--set", "settingsFrom.kafka_oauth_token_url.secret=k"),
    *("--set", "settingsFrom.kafka_oauth_token_url.key=k"),
    *("--set", "networkPolicy.kafkaOauthPort=8443"),
)


@pytest.mark.parametrize("of", ["worker", "sidecar", "topics", "check"])
def test_the_port_of_tokens(helm: None, of: str) -> None:
    """
    All that connect to Kafka may call the endpoint. In a Secret the chart cannot see its port.
    """
    brokers = ("--set", "settings.kafka_brokers=a:1")

    assert egress_ports(of, *brokers, "--set", SEEN) == [1, 80]
    assert egress_ports(of, *brokers, *HIDDEN) == [1, 8443]


def test_topics_may_call_what_their_own_settings_name(helm: None) -> None:
    """
    Brokers of the workers, which that job does not call, are not in its policy.
    """
    values = ("settings.kafka_brokers=a:1", "topics.settings.kafka_brokers=a:2")
    given = [one for value in values for one in ("--set", value)]

    assert egress_ports("topics", *given) == [2]
    assert egress_ports("worker", *given) == [1]


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
