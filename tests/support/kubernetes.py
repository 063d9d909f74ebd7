"""
A Kubernetes API for tests, on free ports of this machine: schemas, admission, rollouts and rights.

etcd, the API server, the controller manager and the scheduler are Kubernetes' own. kwok plays the
nodes: pods become ready and jobs complete, but no container runs. `Cluster` takes everything away
again, however its `with` block ends.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any

import yaml

from tests.support.helm import helm
from tests.support.in_folder import InFolder
from tests.support.kubernetes_tools import definitions, tools
from tests.support.machine import free_ports

NODES = 3
START_SECONDS = 60
TOKEN = "of-the-tests"
_USERS = f"{TOKEN},admin,admin,system:masters\n"
EXIT_CODE = "tests.example/exit-code"
"""Annotation of a job's pod: with what it ends instead of 0."""
_FAILING = f"""
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata:
  name: pod-fail
spec:
  weight: 1
  resourceRef: {{apiGroup: v1, kind: Pod}}
  selector:
    matchExpressions:
      - {{key: '.metadata.deletionTimestamp', operator: DoesNotExist}}
      - {{key: '.status.phase', operator: In, values: [Running]}}
      - {{key: '.metadata.annotations["{EXIT_CODE}"]', operator: Exists}}
  next:
    statusTemplate: |
      {{{{ $now := Now }}}}
      {{{{ $code := index .metadata.annotations "{EXIT_CODE}" }}}}
      containerStatuses:
      {{{{ range .spec.containers }}}}
      - image: {{{{ .image | Quote }}}}
        name: {{{{ .name | Quote }}}}
        ready: false
        restartCount: 0
        state:
          terminated:
            exitCode: {{{{ $code }}}}
            finishedAt: {{{{ $now | Quote }}}}
            reason: Error
            startedAt: {{{{ $now | Quote }}}}
      {{{{ end }}}}
      phase: Failed
"""
"""A stage of kwok, before its own by which each job's pod ends well."""


class Cluster(InFolder):
    """A running Kubernetes API with some nodes, until the `with` block ends."""

    called = "kubernetes"

    def __init__(self) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []

    def _set_up(self) -> None:
        """Start it and wait until its nodes are ready."""
        self._tools = tools()
        self._client, self._peer, self._api, self._manager, self._scheduler = free_ports(5)
        self._start()

    def kubectl(self, *arguments: str, given: Any = None) -> str:
        """Return what `kubectl` prints; *given* goes to its standard input, as JSON."""
        done = subprocess.run(
            [self._tools / "kubectl", *arguments],
            input=None if given is None else json.dumps(given),
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def get(self, *arguments: str) -> Any:
        """Return the objects that `kubectl get` finds, or the only one that is named."""
        found = json.loads(self.kubectl("get", *arguments, "--output=json"))
        return found["items"] if found["kind"] == "List" else found

    @property
    def environment(self) -> dict[str, str]:
        """Return an environment in which `kubectl` and `helm` find this cluster."""
        return {
            "PATH": f"{helm().parent}:{self._tools}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "KUBECONFIG": str(self.folder / "kubeconfig"),
        }

    def _start(self) -> None:
        self._write_files()
        self._run("etcd", *self._etcd())
        self._run("kube-apiserver", *self._api_server())
        self._until(lambda: self.kubectl("get", "--raw=/readyz") == "ok")
        login = f"--kubeconfig={self.folder / 'kubeconfig'}"
        others = [
            login,
            f"--authentication-kubeconfig={self.folder / 'kubeconfig'}",
            f"--authorization-kubeconfig={self.folder / 'kubeconfig'}",
            "--leader-elect=false",
            "--bind-address=127.0.0.1",
        ]
        self._run(
            "kube-controller-manager",
            *others,
            f"--secure-port={self._manager}",
            f"--service-account-private-key-file={self.folder / 'key'}",
            f"--root-ca-file={self.folder / 'certificates' / 'apiserver.crt'}",
        )
        self._run("kube-scheduler", *others, f"--secure-port={self._scheduler}")
        (self.folder / "failing.yaml").write_text(_FAILING)
        stages = [*sorted((self._tools / "stages").iterdir()), self.folder / "failing.yaml"]
        self._run("kwok", login, "--manage-all-nodes", *(f"--config={stage}" for stage in stages))
        for number in range(NODES):
            self.kubectl("create", "--filename=-", given=_node(number))
        for definition in sorted(definitions().iterdir()):
            self.kubectl("create", f"--filename={definition}")
        self.kubectl(
            "wait", "--for=condition=Ready", "node", "--all", f"--timeout={START_SECONDS}s"
        )
        self.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=30s")
        self._until(lambda: bool(self.get("serviceaccount", "default")))

    def _write_files(self) -> None:
        key = self.folder / "key"
        subprocess.run(
            ["openssl", "genrsa", "-out", key, "2048"], check=True, stderr=subprocess.DEVNULL
        )
        (self.folder / "users.csv").write_text(_USERS)
        server = {"server": f"https://127.0.0.1:{self._api}", "insecure-skip-tls-verify": True}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "tests", "cluster": server}],
            "users": [{"name": "admin", "user": {"token": TOKEN}}],
            "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": "admin"}}],
            "current-context": "tests",
        }
        (self.folder / "kubeconfig").write_text(yaml.safe_dump(config))

    def _etcd(self) -> list[str]:
        client, peer = (f"http://127.0.0.1:{port}" for port in (self._client, self._peer))
        return [
            f"--data-dir={self.folder / 'etcd'}",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
            "--unsafe-no-fsync",
            "--log-level=error",
        ]

    def _api_server(self) -> list[str]:
        return [
            f"--etcd-servers=http://127.0.0.1:{self._client}",
            f"--cert-dir={self.folder / 'certificates'}",
            f"--secure-port={self._api}",
            "--bind-address=127.0.0.1",
            "--service-cluster-ip-range=10.0.0.0/24",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={self.folder / 'key'}",
            f"--service-account-signing-key-file={self.folder / 'key'}",
            f"--token-auth-file={self.folder / 'users.csv'}",
            "--authorization-mode=RBAC",
            "--allow-privileged",
        ]

    def _run(self, program: str, *arguments: str) -> None:
        with (self.folder / f"{program}.log").open("ab") as log:
            self._processes.append(
                subprocess.Popen(
                    [self._tools / program, *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd=self.folder,
                    env=self.environment,
                    start_new_session=True,  # a Ctrl-C at the tests is not for it
                )
            )

    def _until(self, true: Callable[[], bool]) -> None:
        """Return when *true* is; fail with the ends of the logs if that takes too long."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            try:
                if true():
                    return
            except AssertionError:
                time.sleep(0.3)
        logs = {path.stem: path.read_text()[-1500:] for path in self.folder.glob("*.log")}
        raise RuntimeError(f"Kubernetes did not start: {logs}")

    def _clean_up(self) -> None:
        for process in reversed(self._processes):
            process.send_signal(signal.SIGKILL)
            process.wait()
        self._processes.clear()
        super()._clean_up()


def _node(number: int) -> dict[str, Any]:
    """Return a node that kwok plays, in one of three zones."""
    room = {"cpu": "32", "memory": "256Gi", "pods": "110"}
    labels = {
        "kubernetes.io/hostname": f"node-{number}",
        "kubernetes.io/os": "linux",
        "topology.kubernetes.io/zone": f"zone-{number}",
    }
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": f"node-{number}",
            "labels": labels,
            "annotations": {"kwok.x-k8s.io/node": "fake"},
        },
        "status": {"allocatable": room, "capacity": room},
    }
