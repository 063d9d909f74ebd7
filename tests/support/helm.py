"""
Helm, built by the Go toolchain.

`python -m tests.support.helm` builds it, once for each version, into a cache outside the checkout.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests.support.chart import CHART
from tests.support.go import cached, go

VERSION = "3.22.0"
KUBERNETES = "1.36"
"""What `helm template` and `helm lint` take for the cluster's version."""


def helm() -> Path:
    """Return Helm's program, after building it if it is not there."""
    return cached(f"helm-{VERSION}", f"Helm {VERSION}", _build) / "helm"


def _build(folder: Path) -> None:
    major, minor = KUBERNETES.split(".")
    known = "helm.sh/helm/v3"
    told = {
        f"{known}/internal/version.version": f"v{VERSION}",
        f"{known}/pkg/chartutil.k8sVersionMajor": major,
        f"{known}/pkg/chartutil.k8sVersionMinor": minor,
        f"{known}/pkg/lint/rules.k8sVersionMajor": major,
        f"{known}/pkg/lint/rules.k8sVersionMinor": minor,
    }
    flags = " ".join(["-s", "-w", *(f"-X {name}={value}" for name, value in told.items())])
    go("install", f"-ldflags={flags}", f"{known}/cmd/helm@v{VERSION}", into=folder)


def call(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Return what became of `helm` with *arguments*."""
    return subprocess.run([helm(), *arguments], capture_output=True, text=True, check=False)


def rendered(*arguments: str | Path, release: str = "help") -> list[dict[str, Any]]:
    """Return the objects of the chart with *arguments*, the hooks' included."""
    done = call("template", release, CHART, "--namespace", "support", *arguments)
    assert done.returncode == 0, done.stderr
    return [one for one in yaml.safe_load_all(done.stdout) if one]


def refusal(*arguments: str | Path) -> str:
    """Return why the chart refuses *arguments*."""
    done = call("template", "help", CHART, *arguments)
    assert done.returncode != 0
    return done.stderr


if __name__ == "__main__":
    from tests.support.kubernetes_tools import definitions

    helm()
    definitions()
