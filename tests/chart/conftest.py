"""What the tests of the chart begin with: objects that Helm has rendered."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from tests.chart.objects import Object
from tests.support.chart import CHART, VALUES
from tests.support.helm import rendered
from tests.support.machine import needs_real_servers


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
