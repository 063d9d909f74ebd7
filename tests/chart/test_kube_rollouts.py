"""How many workers are ready on a real Kubernetes API while they are replaced and scaled."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.chart.objects import SMALL
from tests.chart.release import (
    FOUR,
    QUICKLY,
    Release,
)
from tests.support.chart import CHART
from tests.support.kubernetes import Cluster

pytestmark = [pytest.mark.kube, pytest.mark.timeout(240)]


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
        name = release.deployment()["metadata"]["name"]
        cluster.kubectl("rollout", "status", f"--namespace={namespace}", f"deployment/{name}")

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


def texts(release: Release) -> dict[str, str]:
    """
    Return the policy that each worker's pod sees, by the pod's name. Its ConfigMap must be there.
    """
    data = {one["metadata"]["name"]: one["data"] for one in release.get("configmap")}
    found = {}
    for pod in workers(release):
        (volume,) = (v for v in pod["spec"]["volumes"] if v["name"] == "definitions")
        found[pod["metadata"]["name"]] = data[volume["configMap"]["name"]]["policy.yaml"]
    return found


def test_a_wrong_policy_reaches_no_old_worker(
    cluster: Cluster, release: Release, namespace: str
) -> None:
    """
    While new workers do not become ready, old ones have what they began with, and so has whatever
    replaces one of them. When all have the mended one, nothing is left of the others.
    """

    def given(policy: str) -> tuple[str, ...]:
        return (*FOUR, "--set", f"policy={policy}")

    release.install(*given("good"))
    stuck = ("--set", "worker.resources.requests.cpu=10000", "--timeout=15s")
    assert release.call("upgrade", CHART, *given("wrong"), *stuck, "--wait").returncode != 0
    seen = texts(release)
    assert sorted(seen.values()) == ["good"] * 4 + ["wrong"]

    (gone, *_) = (pod for pod, policy in seen.items() if policy == "good")
    cluster.kubectl("delete", "pod", gone, f"--namespace={namespace}")
    assert gone not in texts(release)
    assert sorted(texts(release).values()) == ["good"] * 4 + ["wrong"]

    release.upgrade(*given("mended"))
    release.settle()
    assert set(texts(release).values()) == {"mended"}
    release.upgrade(*given("mended"))
    assert [one["data"] for one in release.get("configmap")] == [{"policy.yaml": "mended"}]
    release.do("rollback", "1", "--wait", "--timeout=90s")
    release.settle()
    assert set(texts(release).values()) == {"good"}


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
