"""Finding one's way in the objects that the chart renders."""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]
"""An object of Kubernetes, as Helm prints it."""

SMALL = ("--set", "settings.kafka_brokers=kafka:9092")
"""The fewest values with which the chart can be installed."""


def of_kind(objects: list[Object], *kinds: str) -> list[Object]:
    """Return those of *objects* that are of one of *kinds*."""
    return [one for one in objects if one["kind"] in kinds]


def named(objects: list[Object], kind: str, end: str) -> Object:
    """Return the one of *kind* whose name ends in *end*."""
    (found,) = (one for one in of_kind(objects, kind) if one["metadata"]["name"].endswith(end))
    return found


def component(one: Object) -> str:
    """Return which part of the product *one* is."""
    return str(one["metadata"]["labels"]["app.kubernetes.io/component"])


def pods(objects: list[Object]) -> dict[str, Object]:
    """Return the template of each pod, by its component."""
    running = of_kind(objects, "Deployment", "Job")
    return {component(one): one["spec"]["template"] for one in running}


def container(pod: Object) -> Object:
    """Return the only container of *pod*."""
    (found,) = pod["spec"]["containers"]
    assert isinstance(found, dict)
    return found


def environment(pod: Object) -> dict[str, Any]:
    """Return the settings of *pod*: the value, or for one from elsewhere its reference."""
    env = container(pod)["env"]
    assert len(env) == len({variable["name"] for variable in env})
    return {
        variable["name"].removeprefix("TICKETSTREAM_").lower(): variable.get("value")
        or variable["valueFrom"]
        for variable in env
        if variable["name"].startswith("TICKETSTREAM_")
    }


def port(pod: Object) -> int:
    """Return the port on which *pod* listens."""
    (found,) = container(pod)["ports"]
    assert isinstance(found["containerPort"], int)
    return found["containerPort"]


def selects(selector: dict[str, Any], pod: Object) -> bool:
    """Say whether *selector*, with the labels below `selector` or `matchLabels`, takes *pod*."""
    wanted = selector.get("matchLabels") or selector["selector"]
    return bool(wanted.items() <= pod["metadata"]["labels"].items())
