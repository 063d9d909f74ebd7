"""
What a Kubernetes API is made of, from the Go module proxy: no container runs in it.

`python -m tests.support.kubernetes_tools` builds etcd, the API server, the controller manager,
the scheduler, kubectl and kwok, which plays the nodes, and fetches the definitions of KEDA and of
the Prometheus operator: once for each version, into a cache outside the checkout. That takes about
five minutes. `--cached` builds nothing, and fails if it is not there.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.support.go import cached, fetched, go
from tests.support.helm import helm
from tests.support.machine import cache

KUBERNETES = "1.36.3"
ETCD = "3.6.16"
KWOK = "0.8.0"
KEDA = "2.21.0"
PROMETHEUS_OPERATOR = "0.85.0"
_TOOLS = f"kubernetes-{KUBERNETES}-kwok-{KWOK}"
_DEFINITIONS = f"kubernetes-definitions-{KEDA}-{PROMETHEUS_OPERATOR}"
_PROGRAMS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl")
_STAGES = ("node/fast/*.yaml", "node/heartbeat/*.yaml", "pod/fast/*.yaml")
"""Of kwok: how its nodes become ready, and its pods run and end."""
_ETCD_MAIN = """package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() { etcdmain.Main(os.Args) }
"""


def tools() -> Path:
    """Return the folder with the programs and kwok's stages, after building them if need be."""
    return cached(_TOOLS, f"Kubernetes {KUBERNETES} (about five minutes)", _build)


def definitions() -> Path:
    """Return the folder with the custom resource definitions, after fetching them if need be."""
    return cached(_DEFINITIONS, "definitions of KEDA and the Prometheus operator", _fetch)


def are_there() -> bool:
    """Say whether everything is in the cache."""
    return all((cache() / name).exists() for name in (_TOOLS, _DEFINITIONS))


def _build(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as work:
        _build_etcd(Path(work, "etcd"), folder)
        _build_kubernetes(Path(work, "kubernetes"), folder)
        go("install", "-ldflags=-s -w", f"sigs.k8s.io/kwok/cmd/kwok@v{KWOK}", into=folder)
        source = fetched(f"sigs.k8s.io/kwok@v{KWOK}", Path(work))
        (folder / "stages").mkdir()
        for pattern in _STAGES:
            for stage in sorted((source / "kustomize" / "stage").glob(pattern)):
                if stage.name != "kustomization.yaml":
                    name = f"{stage.parent.parent.name}-{stage.parent.name}-{stage.name}"
                    shutil.copyfile(stage, folder / "stages" / name)


def _build_etcd(work: Path, folder: Path) -> None:
    work.mkdir()
    (work / "main.go").write_text(_ETCD_MAIN)
    (work / "go.mod").write_text(
        f"module etcd\n\ngo 1.24\n\nrequire go.etcd.io/etcd/server/v3 v{ETCD}\n"
    )
    go("mod", "tidy", folder=work)
    go("build", "-ldflags=-s -w", "-o", str(folder / "etcd"), ".", folder=work)


def _build_kubernetes(work: Path, folder: Path) -> None:
    """Kubernetes requires its own parts at v0.0.0; they are published beside each version."""
    work.mkdir()
    its_own = fetched(f"k8s.io/kubernetes@v{KUBERNETES}", work, whole=False).read_text()
    parts = re.findall(r"^\s*(k8s\.io/\S+) v0\.0\.0$", its_own, re.MULTILINE)
    published = "v0." + KUBERNETES.partition(".")[2]
    (work / "go.mod").write_text(
        f"module kubernetes\n\ngo 1.26\n\nrequire k8s.io/kubernetes v{KUBERNETES}\n\n"
        + "".join(f"replace {part} => {part} {published}\n" for part in parts)
    )
    flags = " ".join(["-s", "-w", *(f"-X {name}={value}" for name, value in _version())])
    for program in _PROGRAMS:
        package = f"k8s.io/kubernetes/cmd/{program}"
        target = str(folder / program)
        go("build", "-mod=mod", f"-ldflags={flags}", "-o", target, package, folder=work)


def _version() -> Iterator[tuple[str, str]]:
    """Yield what the programs say of their version: Helm compares it with the chart's."""
    major, minor, _ = KUBERNETES.split(".")
    for package in ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version"):
        yield f"{package}.gitVersion", f"v{KUBERNETES}"
        yield f"{package}.gitMajor", major
        yield f"{package}.gitMinor", minor


def _fetch(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as work:
        keda = fetched(f"github.com/kedacore/keda/v2@v{KEDA}", Path(work))
        name = "github.com/prometheus-operator/prometheus-operator"
        operator = fetched(f"{name}@v{PROMETHEUS_OPERATOR}", Path(work))
        wanted = [
            keda / "config" / "crd" / "bases",
            operator / "example" / "prometheus-operator-crd",
        ]
        for kind in ("scaledobjects", "triggerauthentications", "podmonitors", "prometheusrules"):
            (found,) = (one for at in wanted for one in at.glob(f"*_{kind}.yaml"))
            shutil.copyfile(found, folder / found.name)


if __name__ == "__main__":
    if "--cached" in sys.argv:
        sys.exit(not are_there())
    helm()
    definitions()
    tools()
