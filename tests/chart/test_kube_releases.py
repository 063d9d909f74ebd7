"""Releases on a real Kubernetes API: installed, upgraded, rolled back, removed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.chart.objects import SMALL
from tests.chart.release import (
    ALL,
    QUICKLY,
    SHORT,
    Release,
    ready,
)
from tests.support.chart import CHART, VALUES
from tests.support.command_line import run_block
from tests.support.documents import ROOT, commands
from tests.support.kubernetes import Cluster

pytestmark = [pytest.mark.kube, pytest.mark.timeout(240)]


every_file = pytest.mark.parametrize("values", VALUES, ids=lambda path: path.stem)


@every_file
def test_the_life_of_a_release(release: Release, values: Path) -> None:
    """
    A release can be installed, upgraded, tested, rolled back and removed. Each hook runs, in its
    place, and nothing stays behind.
    """
    release.install("--values", values, *SHORT)
    release.settle()
    assert release.events() == ["topics", "check"]
    assert all(ready(one) for one in release.get("deployment"))
    assert release.get("job") == []
    before = environments(release)

    release.upgrade("--values", values, *SHORT, "--set", "settings.environment=later")
    assert set(environments(release)) == {"later"}
    assert release.events() == ["topics", "check"] * 2

    assert "Succeeded" in release.do("test", "--timeout=60s")
    release.do("rollback", "1", "--wait", "--timeout=90s")
    release.settle()
    assert environments(release) == before
    assert all(ready(one) for one in release.get("deployment"))

    release.do("uninstall", "--wait", "--cascade=foreground", "--timeout=60s")
    assert [one["metadata"]["name"] for one in release.get(*ALL)] == []


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
    release.settle()

    assert ready(release.deployment())


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
        done = run_block(block, cluster.environment, tmp_path)
        assert done.returncode == 0, f"{block}\n{done.stderr}"
