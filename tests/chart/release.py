"""A release of the chart on a Kubernetes API, and the namespace for it."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path
from typing import Any

from tests.chart.objects import SMALL
from tests.support.chart import CHART
from tests.support.helm import helm
from tests.support.kubernetes import Cluster

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

FOUR = (*SMALL, *QUICKLY, "--set", "worker.replicas=4", "--set", "sidecar.replicas=1")

ALL = (
    *("deployment", "service", "ingress", "configmap", "serviceaccount", "networkpolicy"),
    *("poddisruptionbudget", "job", "pod", "horizontalpodautoscaler"),
    *("scaledobject", "triggerauthentication", "podmonitor", "prometheusrule"),
)


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
    for made in ("configmap/kube-root-ca.crt", "serviceaccount/default"):
        # One at a time: if two are not there yet, kubectl gives up at once.
        cluster.kubectl("wait", "--for=create", f"--namespace={name}", made, "--timeout=30s")


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

    def settle(self) -> None:
        """Wait until all pods are ready: `--wait` does without those that may be unavailable."""
        for one in self.get("deployment"):
            name = f"deployment/{one['metadata']['name']}"
            space = f"--namespace={self._namespace}"
            self._cluster.kubectl("rollout", "status", name, space, "--timeout=60s")

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


def ready(deployment: dict[str, Any]) -> bool:
    """
    Say whether all pods of *deployment* are.
    """
    status = deployment["status"]
    return bool(status.get("readyReplicas") == deployment["spec"]["replicas"] >= 1)
