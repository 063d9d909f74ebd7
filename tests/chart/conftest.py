"""What the tests of the chart begin with: objects that Helm has rendered, or a Kubernetes API."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest

from tests.chart.objects import Object
from tests.chart.release import SECRETS, Release, make_namespace, make_secret
from tests.support.chart import CHART, VALUES
from tests.support.helm import rendered
from tests.support.kubernetes import Cluster
from tests.support.machine import needs_kubernetes, needs_real_servers


@cache
def _rendered(values: Path) -> list[Object]:
    return rendered("--values", values)


@pytest.fixture
def helm() -> None:
    """Skip unless `make test-real` has seen to it that Helm is there."""
    needs_real_servers()


@pytest.fixture(params=VALUES, ids=lambda path: path.stem)
def objects(request: pytest.FixtureRequest, helm: None) -> list[Object]:
    """Return the objects of each file of values in turn."""
    return _rendered(request.param)


@pytest.fixture
def small(helm: None) -> list[Object]:
    """Return the objects of the small installation."""
    return _rendered(CHART / "values" / "small.yaml")


@pytest.fixture
def large(helm: None) -> list[Object]:
    """Return the objects of the large installation."""
    return _rendered(CHART / "values" / "large.yaml")


@pytest.fixture
def everything(helm: None) -> list[Object]:
    """Return the objects of an installation with everything on."""
    return _rendered(CHART / "values" / "everything.yaml")


@pytest.fixture(scope="session")
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


@pytest.fixture
def release(cluster: Cluster, namespace: str) -> Release:
    """Return a release that is not installed yet."""
    return Release(cluster, namespace)
