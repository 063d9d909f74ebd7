"""What Helm and a real Kubernetes API make of the chart: installs, rollouts, hooks, refusals."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml

from tests.chart.objects import SMALL
from tests.support.chart import CHART, VALUES
from tests.support.documents import ROOT, commands
from tests.support.helm import helm
from tests.support.kubernetes import EXIT_CODE, Cluster
from tests.support.machine import needs_kubernetes

pytestmark = [pytest.mark.kube, pytest.mark.timeout(240)]

SHORT = (
    *("--set", "worker.minReadySeconds=1", "--set", "sidecar.minReadySeconds=1"),
    *("--set", "sidecar.preStopSeconds=1"),
)
"""Values that make a rollout short."""
QUICKLY = (*SHORT, "--no-hooks")
"""Options for a test that is not about hooks."""
SECRETS = {
    "kafka-user": ("username", "password"),
    "kafka-admin": ("username", "password"),
    "kafka-ca": ("ca.crt",),
    "openai": ("api-key",),
    "weaviate": ("api-key",),
    "api-keys": ("keys",),
    "registry": (".dockerconfigjson",),
}
"""What the files of values refer to, with its keys."""

every_file = pytest.mark.parametrize("values", VALUES, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Return a Kubernetes API with nodes."""
    needs_kubernetes()
    with Cluster() as running:
        yield running


@pytest.fixture
def namespace(cluster: Cluster) -> str:
    """Return a namespace that takes restricted pods alone, with all Secrets in it."""
    name = f"t{uuid4().hex[:8]}"
    make_namespace(cluster, name)
    for secret, keys in SECRETS.items():
        make_secret(cluster, name, secret, keys)
    return name


def make_namespace(cluster: Cluster, name: str) -> None:
    """
    Create a namespace as strict as Pod Security can be.
    """
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    cluster.kubectl(
        *("create", "--filename=-"),
        given={
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": name, "labels": labels},
        },
    )
    cluster.kubectl(
        *("wait", "--for=create", f"--namespace={name}", "configmap/kube-root-ca.crt"),
        *("serviceaccount/default", "--timeout=30s"),
    )


def make_secret(cluster: Cluster, namespace: str, name: str, keys: tuple[str, ...]) -> None:
    """
    Create a Secret that has *keys*, and a ConfigMap of the same name for an authority.
    """
    data = {key: base64.b64encode(b"{}").decode() for key in keys}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": data}
    cluster.kubectl("create", f"--namespace={namespace}", "--filename=-", given=secret)
    if name == "kafka-ca":
        cluster.kubectl(
            "create", f"--namespace={namespace}", "configmap", name, "--from-literal=ca.crt=x"
        )


class Release:
    """A release of the chart in a namespace."""

    def __init__(self, cluster: Cluster, namespace: str, name: str = "help") -> None:
        self._cluster = cluster
        self._namespace = namespace
        self.name = name

    def call(self, command: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Return what became of a command of Helm for this release."""
        return subprocess.run(
            [helm(), command, self.name, *arguments, "--namespace", self._namespace],
            env=self._cluster.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def do(self, command: str, *arguments: str | Path) -> str:
        """Return what a command of Helm prints, that must not fail."""
        done = self.call(command, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def install(self, *arguments: str | Path) -> str:
        """Install the chart, and wait until all of it is ready and all hooks are done."""
        return self.do("install", CHART, "--wait", "--timeout=90s", *arguments)

    def upgrade(self, *arguments: str | Path) -> str:
        """Upgrade the release likewise."""
        return self.do("upgrade", CHART, "--wait", "--timeout=90s", *arguments)

    def get(self, *kinds: str) -> list[dict[str, Any]]:
        """Return the objects of *kinds* that are there."""
        found: list[dict[str, Any]] = self._cluster.get(
            ",".join(kinds),
            f"--namespace={self._namespace}",
            f"--selector=app.kubernetes.io/instance={self.name}",
        )
        return found

    def deployment(self, end: str = "-worker") -> dict[str, Any]:
        """Return the Deployment whose name ends so."""
        (found,) = (d for d in self.get("deployment") if d["metadata"]["name"].endswith(end))
        return found

    def events(self) -> list[str]:
        """Return the jobs of this release that came to their end, in order."""
        ended = self._cluster.get(
            "event", f"--namespace={self._namespace}", "--field-selector=reason=Completed"
        )
        ended.sort(key=lambda event: event["metadata"]["creationTimestamp"])
        names = [event["involvedObject"]["name"] for event in ended]
        return [name.rpartition("-")[2] for name in names if name.startswith(f"{self.name}-")]


@pytest.fixture
def release(cluster: Cluster, namespace: str) -> Release:
    """Return a release that is not installed yet."""
    return Release(cluster, namespace)


ALL = (
    *("deployment", "service", "ingress", "configmap", "serviceaccount", "networkpolicy"),
    *("poddisruptionbudget", "job", "pod", "horizontalpodautoscaler"),
    *("scaledobject", "triggerauthentication", "podmonitor", "prometheusrule"),
)


@every_file
def test_the_life_of_a_release(release: Release, values: Path) -> None:
    """
    A release can be installed, upgraded, tested, rolled back and removed. Each hook runs, in its
    place, and nothing stays behind.
    """
    release.install("--values", values, *SHORT)
    assert release.events() == ["topics", "check"]
    assert all(ready(one) for one in release.get("deployment"))
    assert release.get("job") == []
    before = environments(release)

    release.upgrade("--values", values, *SHORT, "--set", "settings.environment=later")
    assert set(environments(release)) == {"later"}
    assert release.events() == ["topics", "check"] * 2

    assert "Succeeded" in release.do("test", "--timeout=60s")
    release.do("rollback", "1", "--wait", "--timeout=90s")
    assert environments(release) == before
    assert all(ready(one) for one in release.get("deployment"))

    release.do("uninstall", "--wait", "--timeout=60s")
    assert [one["metadata"]["name"] for one in release.get(*ALL)] == []


def ready(deployment: dict[str, Any]) -> bool:
    """
    Say whether all pods of *deployment* are.
    """
    status = deployment["status"]
    return bool(status.get("readyReplicas") == deployment["spec"]["replicas"] >= 1)


def environments(release: Release) -> list[str]:
    """
    Return the setting `environment` of each Deployment.
    """
    return [
        variable["value"]
        for one in release.get("deployment")
        for variable in one["spec"]["template"]["spec"]["containers"][0]["env"]
        if variable["name"] == "TICKETSTREAM_ENVIRONMENT"
    ]


@contextmanager
def watched(cluster: Cluster, release: Release, namespace: str) -> Iterator[list[int]]:
    """
    Give the number of ready workers after each change of their Deployment, until the block ends.
    """
    seen: list[int] = []
    name = release.deployment()["metadata"]["name"]
    watching = subprocess.Popen(
        [
            *("kubectl", "get", f"deployment/{name}", f"--namespace={namespace}", "--watch"),
            r"--output=jsonpath={.status.readyReplicas}{'\n'}",
        ],
        env=cluster.environment,
        stdout=subprocess.PIPE,
        text=True,
    )

    def note() -> None:
        assert watching.stdout
        seen.extend(int(line.strip() or 0) for line in watching.stdout)

    noting = threading.Thread(target=note)
    noting.start()
    try:
        yield seen
    finally:
        watching.terminate()
        watching.wait()
        noting.join()
        assert watching.stdout
        watching.stdout.close()


FOUR = (*SMALL, *QUICKLY, "--set", "worker.replicas=4", "--set", "sidecar.replicas=1")


@pytest.mark.parametrize(
    ("strategy", "least"),
    [
        ((), 4),
        (
            (
                *("--set", "worker.strategy.rollingUpdate.maxSurge=0"),
                *("--set", "worker.strategy.rollingUpdate.maxUnavailable=1"),
            ),
            3,
        ),
    ],
    ids=["by default", "one at a time away"],
)
def test_a_rollout_keeps_enough_workers(
    cluster: Cluster, release: Release, namespace: str, strategy: tuple[str, ...], least: int
) -> None:
    """
    While all workers are replaced, never fewer are ready than the strategy says.
    """
    release.install(*FOUR, *strategy)
    old = {pod["metadata"]["uid"] for pod in workers(release)}
    with watched(cluster, release, namespace) as seen:
        release.upgrade(*FOUR, *strategy, "--set", "settings.environment=later")

    assert len(seen) > 4
    assert min(seen) == least
    assert {pod["metadata"]["uid"] for pod in workers(release)} & old == set()


def workers(release: Release) -> list[dict[str, Any]]:
    """
    Return the pods of workers that do not end.
    """
    return [
        pod
        for pod in release.get("pod")
        if pod["metadata"]["labels"]["app.kubernetes.io/component"] == "worker"
        and "deletionTimestamp" not in pod["metadata"]
    ]


def test_a_drain_takes_one_worker_at_a_time(
    cluster: Cluster, release: Release, namespace: str
) -> None:
    """
    The budget lets one worker be evicted, and refuses the next one until there is another.
    """
    release.install(*FOUR)
    (budget,) = (one for one in release.get("pdb") if one["metadata"]["name"].endswith("-worker"))

    assert budget["status"]["disruptionsAllowed"] == 1
    assert (budget["status"]["expectedPods"], budget["status"]["desiredHealthy"]) == (4, 3)


def test_autoscaling_begins_with_the_workers_that_are_there(
    cluster: Cluster, release: Release, namespace: str
) -> None:
    """
    Whoever turns autoscaling on keeps the workers: there are never fewer than before.
    """
    release.install(*FOUR)
    with watched(cluster, release, namespace) as seen:
        release.upgrade(
            *(*FOUR, "--set", "worker.autoscaling.type=hpa"),
            *("--set", "worker.autoscaling.minReplicas=4"),
        )

    assert min(seen) == 4
    assert release.deployment()["spec"]["replicas"] == 4


def test_an_upgrade_leaves_the_replicas_to_the_autoscaler(
    cluster: Cluster, release: Release, namespace: str
) -> None:
    """
    What was scaled meanwhile stays so when the release is upgraded.
    """
    scaled = (*SMALL, *QUICKLY, "--set", "worker.autoscaling.type=keda")
    release.install(*scaled)
    name = release.deployment()["metadata"]["name"]
    cluster.kubectl("scale", f"--namespace={namespace}", f"deployment/{name}", "--replicas=5")
    release.upgrade(*scaled, "--set", "settings.environment=later")

    assert release.deployment()["spec"]["replicas"] == 5


def test_a_deployment_each_after_one_for_all(release: Release) -> None:
    """
    An upgrade goes from one Deployment for all stages to one for each, and back.
    """
    release.install(*SMALL, *QUICKLY)
    release.upgrade(*SMALL, *QUICKLY, "--set", "worker.deployment=each")
    assert len(release.get("deployment")) == 5
    release.upgrade(*SMALL, *QUICKLY)

    assert len(release.get("deployment")) == 2


def test_names_may_change(release: Release) -> None:
    """
    New names, labels and another registry are no obstacle to an upgrade: no selector changes.
    """
    release.install(*SMALL, *QUICKLY, "--set", "fullnameOverride=desk")
    release.upgrade(
        *(*SMALL, *QUICKLY, "--set", "fullnameOverride=desk", "--set", "nameOverride=other"),
        *("--set", "commonLabels.team=support", "--set", "image.registry=r.example"),
    )
    release.upgrade(*SMALL, *QUICKLY, "--set", "nameOverride=other")

    assert release.deployment()["metadata"]["name"] == "help-other-worker"


def test_two_releases_in_a_namespace(cluster: Cluster, namespace: str) -> None:
    """
    They do not take each other's objects, and one goes without the other.
    """
    one, other = (Release(cluster, namespace, name) for name in ("blue", "green"))
    for release in (one, other):
        release.install(*SMALL, *QUICKLY)
    one.do("uninstall", "--wait", "--timeout=60s")

    assert all(ready(deployment) for deployment in other.get("deployment"))
    assert len(other.get("deployment")) == 2


def test_the_longest_name(cluster: Cluster, namespace: str) -> None:
    """
    A release with as long a name as Helm takes has everything that another one has.
    """
    release = Release(cluster, namespace, "r" * 53)
    release.install("--values", CHART / "values" / "everything.yaml", *QUICKLY)

    assert ready(release.deployment())


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("settings.windows=5", "'windows' not allowed"),
        ("settings.window=0", "/settings/window"),
        ("worker.replicas=many", "/worker/replicas"),
        ("settings.openai_api_key=sk-1", "settingsFrom.openai_api_key"),
    ],
)
def test_a_wrong_value_installs_nothing(release: Release, value: str, said: str) -> None:
    """
    It is named, and neither a release nor an object is there afterwards.
    """
    done = release.call("install", CHART, *SMALL, "--set", value)

    assert done.returncode != 0
    assert said in done.stderr
    assert release.get(*ALL) == []
    assert "not found" in release.call("status").stderr


def test_missing_secrets_are_named(cluster: Cluster) -> None:
    """
    Each Secret and each key that is missing is named, with the setting that needs it.
    """
    namespace = f"t{uuid4().hex[:8]}"
    make_namespace(cluster, namespace)
    make_secret(cluster, namespace, "kafka-user", ("username",))
    release = Release(cluster, namespace)
    done = release.call("install", CHART, "--values", CHART / "values" / "large.yaml")

    assert done.returncode != 0
    for said in (
        "key password in Secret kafka-user (for kafka_password)",
        "Secret kafka-ca (for kafka_ca_file)",
        "Secret openai (for openai_api_key_file)",
        "Secret api-keys (for api_keys_file)",
        "Secret registry (for image.pullSecrets)",
    ):
        assert said in done.stderr
    assert release.get(*ALL) == []


def test_secrets_that_come_later(cluster: Cluster) -> None:
    """
    Whoever creates Secrets in another way turns the look at them off.
    """
    namespace = f"t{uuid4().hex[:8]}"
    make_namespace(cluster, namespace)
    release = Release(cluster, namespace)

    release.install(
        *("--values", CHART / "values" / "large.yaml", *QUICKLY, "--set", "checkSecrets=false")
    )


@pytest.mark.parametrize(("code", "tries"), [("2", 1), ("3", 2)])
def test_a_hook_that_fails(release: Release, cluster: Cluster, code: str, tries: int) -> None:
    """
    An install ends before anything else when topics cannot be created. What a person must mend
    is tried once, what may pass is tried again; the job stays, with its pods, to be looked at.
    """
    exits = json.dumps({"jobs": {"podAnnotations": {EXIT_CODE: code}, "backoffLimit": 1}})
    values = Path(cluster.folder, "exits.json")
    values.write_text(exits)
    done = release.call("install", CHART, *SMALL, "--values", values, "--timeout=60s")

    assert done.returncode != 0
    assert "pre-install" in done.stderr
    assert release.get("deployment") == []
    (job,) = release.get("job")
    assert job["status"]["failed"] == tries


def test_a_release_after_a_failed_one(release: Release, cluster: Cluster) -> None:
    """
    A job that failed does not stand in the way of the next try.
    """
    values = Path(cluster.folder, "exits.json")
    values.write_text(json.dumps({"jobs": {"podAnnotations": {EXIT_CODE: "2"}}}))
    assert release.call("install", CHART, *SMALL, "--values", values).returncode != 0

    release.do("upgrade", "--install", CHART, *SMALL, *SHORT, "--wait", "--timeout=90s")
    assert all(ready(one) for one in release.get("deployment"))


def test_the_rights_of_a_tenant(cluster: Cluster, namespace: str) -> None:
    """
    Whoever may do everything in one namespace, and nothing outside it, can install the chart.
    """
    for verb in ("serviceaccount/tenant", "rolebinding/tenant"):
        kind, _, name = verb.partition("/")
        more = ("--clusterrole=admin", f"--serviceaccount={namespace}:tenant")
        cluster.kubectl(
            *("create", kind, name, f"--namespace={namespace}"),
            *(more if kind == "rolebinding" else ()),
        )
    release = Release(cluster, namespace)
    user = f"system:serviceaccount:{namespace}:tenant"

    release.install(*SMALL, *SHORT, f"--kube-as-user={user}")


def test_what_the_notes_say(release: Release) -> None:
    """
    After an install the way to the API is shown, and that it has no keys.
    """
    said = release.install(*SMALL, *QUICKLY)

    assert "port-forward service/help-ticketstream-sidecar 8080:8080" in said
    assert "WARNING: the HTTP API has no keys" in said


def test_the_commands_of_the_documentation(cluster: Cluster, tmp_path: Path) -> None:
    """
    Whoever follows the page on Kubernetes from above to below meets no error.
    """
    page = (ROOT / "docs" / "run" / "kubernetes.md").read_text()
    first = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)
    blocks = commands("docs/run/kubernetes.md")
    assert first
    assert blocks
    (tmp_path / "my-values.yaml").write_text(first[1])
    for name in ("helm", "streams"):
        (tmp_path / name).symlink_to(ROOT / name)
    for block in blocks:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=tmp_path,
            env=cluster.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, f"{block}\n{done.stderr}"


def test_values_files_are_yaml() -> None:
    """
    Each file of values is for another installation.
    """
    assert (
        len({yaml.safe_load(path.read_text())["settings"]["environment"] for path in VALUES}) == 3
    )
