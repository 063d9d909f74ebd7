"""Each object that the chart renders is valid, and has names and selectors of its own."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # has no types
import kubernetes_validate
import pytest
import yaml

from tests.chart.objects import (
    SMALL,
    Object,
    component,
    named,
    of_kind,
    pods,
    selects,
)
from tests.support import kubernetes_tools
from tests.support.chart import CHART, VALUES
from tests.support.helm import KUBERNETES, call, rendered
from tests.support.machine import needs_real_servers

pytestmark = pytest.mark.real


CUSTOM = ("keda.sh/v1alpha1", "monitoring.coreos.com/v1")


@pytest.mark.parametrize("values", VALUES, ids=lambda path: path.stem)
def test_lint(helm: None, values: Path) -> None:
    """
    `helm lint --strict` has nothing against the chart with any file of values.
    """
    done = call("lint", "--strict", "--quiet", CHART, "--values", values)

    assert done.returncode == 0, done.stdout + done.stderr


def test_each_object_is_one_of_kubernetes(objects: list[Object]) -> None:
    """
    Each is valid and has no field that Kubernetes, KEDA or the Prometheus operator does not know.
    """
    ours = [one for one in objects if one["apiVersion"] not in CUSTOM]
    assert ours
    for one in ours:
        kubernetes_validate.validate(one, KUBERNETES, strict=True)
    for one in (one for one in objects if one["apiVersion"] in CUSTOM):
        jsonschema.validate(one, definition(one))


def definition(one: Object) -> dict[str, Any]:
    """Return the schema of a custom object, which refuses fields that it does not list."""
    for path in kubernetes_tools.definitions().iterdir():
        said = yaml.safe_load(path.read_text())
        if said["spec"]["names"]["kind"] == one["kind"]:
            version = one["apiVersion"].rpartition("/")[2]
            (found,) = (v for v in said["spec"]["versions"] if v["name"] == version)
            schema: dict[str, Any] = strict(found["schema"]["openAPIV3Schema"], top=True)
            return schema
    raise LookupError(one["kind"])


def strict(schema: Any, *, top: bool = False) -> Any:
    """Return *schema* such that it refuses what it does not list."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: strict(below) for name, below in schema.items()}
    if isinstance(schema.get("properties"), dict) and "type" in schema and not top:
        made.setdefault("additionalProperties", False)
    if top:
        made["properties"]["metadata"] = {"type": "object"}
    if str(schema.get("pattern", "")).startswith("^(?i)"):
        made.pop("pattern")  # Go's own way to write it
    return made


def test_everything_has_each_kind(everything: list[Object]) -> None:
    """
    Each kind of object that the chart can make is made there, so the tests see it.
    """
    written = "".join(path.read_text() for path in (CHART / "templates").iterdir())
    kinds = set(re.findall(r"^kind: (\w+)$", written, re.MULTILINE))

    assert {one["kind"] for one in everything} == kinds - {"HorizontalPodAutoscaler"}


def test_names_are_unique(objects: list[Object]) -> None:
    """
    No two objects of a kind have the same name.
    """
    found = Counter((one["kind"], one["metadata"]["name"]) for one in objects)

    assert [one for one, times in found.items() if times > 1] == []


@pytest.mark.parametrize("release", ["a", "r" * 53, f"{'r' * 30}-{'x' * 22}"])
@pytest.mark.parametrize("values", VALUES, ids=lambda path: path.stem)
def test_names_are_short_enough(helm: None, release: str, values: Path) -> None:
    """
    Whatever the release is called, names are no longer than Kubernetes and KEDA take.
    """
    objects = rendered("--values", values, release=release)

    lengths = {one["metadata"]["name"]: one["kind"] for one in objects}
    assert max(map(len, lengths)) <= 63
    for name, kind in lengths.items():
        if kind == "ScaledObject":
            assert len(f"keda-hpa-{name}") <= 63


def test_long_releases_stay_apart(helm: None) -> None:
    """
    Two long names that begin alike do not share an object.
    """
    one, other = (
        {(o["kind"], o["metadata"]["name"]) for o in rendered(*SMALL, release=f"{'r' * 50}{x}")}
        for x in "ab"
    )

    assert one & other == set()


def test_two_releases_in_a_namespace(helm: None) -> None:
    """
    They share no object, and neither selects the pods of the other.
    """
    one, other = (rendered(*SMALL, release=name) for name in ("blue", "green"))

    ours = {(o["kind"], o["metadata"]["name"]) for o in one}
    assert ours & {(o["kind"], o["metadata"]["name"]) for o in other} == set()
    for owner in of_kind(one, "Deployment", "PodDisruptionBudget"):
        for pod in pods(other).values():
            assert not selects(owner["spec"]["selector"], pod)


def test_selectors(objects: list[Object]) -> None:
    """
    Deployments, budgets and policies each select the pods of their own component alone.
    """
    there = pods(objects)
    for one in of_kind(objects, "Deployment", "PodDisruptionBudget", "NetworkPolicy"):
        selector = one["spec"].get("selector") or one["spec"]["podSelector"]
        assert [name for name, pod in there.items() if selects(selector, pod)] == [component(one)]


def test_selectors_never_change(helm: None) -> None:
    """
    Neither names, labels, versions nor images are in a selector: Kubernetes refuses to change one.
    """
    changed = ("nameOverride=other", "commonLabels.team=x", "image.tag=v9", "worker.podLabels.a=b")
    plain = rendered(*SMALL, release="ticketstream")
    others = rendered(*SMALL, *(f"--set={one}" for one in changed), release="ticketstream")

    assert [d["spec"]["selector"] for d in of_kind(others, "Deployment")] == [
        d["spec"]["selector"] for d in of_kind(plain, "Deployment")
    ]


def test_labels_of_ours_win(helm: None) -> None:
    """
    A common label with the name of one of ours does not break the selectors.
    """
    objects = rendered(*SMALL, "--set", r"commonLabels.app\.kubernetes\.io/component=mine")

    test_selectors(objects)


def test_the_packaged_chart(everything: list[Object], tmp_path: Path) -> None:
    """
    The archive that `helm package` makes renders the same as the folder.
    """
    assert call("package", CHART, "--destination", tmp_path).returncode == 0
    (archive,) = tmp_path.iterdir()
    done = call(
        *("template", "help", archive, "--namespace", "support"),
        *("--values", CHART / "values" / "everything.yaml"),
    )

    assert [one for one in yaml.safe_load_all(done.stdout) if one] == everything


def test_a_part_of_another_chart(tmp_path: Path) -> None:
    """
    A chart that has this one as a dependency installs it with values below its name.
    """
    needs_real_servers()
    assert call("package", CHART, "--destination", tmp_path / "charts").returncode == 0
    version = yaml.safe_load((CHART / "Chart.yaml").read_text())["version"]
    part = {"name": "ticketstream", "version": version}
    whole = {"apiVersion": "v2", "name": "desk", "version": "1.0.0", "dependencies": [part]}
    (tmp_path / "Chart.yaml").write_text(yaml.safe_dump(whole))
    ours = {"settings": {"kafka_brokers": "kafka:9092"}, "metrics": {"rules": {"enabled": True}}}
    (tmp_path / "values.yaml").write_text(
        yaml.safe_dump({"global": {"a": 1}, "ticketstream": ours})
    )
    done = call("template", "help", tmp_path)
    objects = [one for one in yaml.safe_load_all(done.stdout) if one]

    assert done.returncode == 0, done.stderr
    assert len(of_kind(objects, "Deployment")) == 2
    assert named(objects, "PrometheusRule", "")["spec"]["groups"]
