"""Installs on a real Kubernetes API that go wrong, and what is said and left."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import pytest

from tests.chart.objects import SMALL
from tests.chart.release import (
    ALL,
    QUICKLY,
    SHORT,
    Release,
    make_namespace,
    make_secret,
    ready,
)
from tests.support.chart import CHART
from tests.support.kubernetes import EXIT_CODE, Cluster

pytestmark = [pytest.mark.kube, pytest.mark.timeout(240)]


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
    done = release.call(
        *("install", CHART, "--values", CHART / "values" / "large.yaml"),
        *("--set", "settingsFrom.weaviate_ca_file.configMap=authorities"),
        *("--set", "settingsFrom.weaviate_ca_file.key=ca.crt"),
    )

    assert done.returncode != 0
    for said in (
        "key password in Secret kafka-user (for kafka_password)",
        "Secret kafka-ca (for kafka_ca_file)",
        "Secret openai (for openai_api_key_file)",
        "Secret api-keys (for api_keys_file)",
        "Secret registry (for image.pullSecrets)",
        "ConfigMap authorities (for weaviate_ca_file)",
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
