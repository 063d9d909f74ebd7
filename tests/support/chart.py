"""
The Helm chart: where it is, and what `make chart` writes into it from the code.

    files/code.json       stages, topics, settings: what the templates must know of the code
    values.schema.json    its definitions of settings and stages; the rest is written by hand
    files/rules.yml       a copy of deploy/prometheus/rules.yml
    files/dashboards/     copies of deploy/grafana/*.json
    README.md             the table of values, from the comments in values.yaml
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from health.http.port import SHUTDOWN_SECONDS
from schemas import topics
from streams.settings import Settings
from streams.worker import END_SECONDS
from tests.support.documents import ROOT

CHART = ROOT / "helm" / "ticketstream"
VALUES = (*sorted((CHART / "values").glob("*.yaml")),)
"""Values for a small installation, a large one, and everything that there is."""
RULES = ROOT / "deploy" / "prometheus" / "rules.yml"
DASHBOARDS = ROOT / "deploy" / "grafana"
MARGIN_SECONDS = 5
"""Between the end that a process sets itself and Kubernetes' SIGKILL."""
_TABLE = re.compile(r"(<!-- begin:values -->\n).*?(<!-- end -->)", re.DOTALL)


def written() -> dict[Path, str]:
    """Return each file that is made from the code, with its text."""
    return {
        CHART / "files" / "code.json": _json(_code()),
        CHART / "values.schema.json": _json(_schema()),
        CHART / "README.md": _readme(),
        CHART / "files" / "rules.yml": RULES.read_text(),
        **{
            CHART / "files" / "dashboards" / dashboard.name: dashboard.read_text()
            for dashboard in sorted(DASHBOARDS.glob("*.json"))
        },
    }


def secrets() -> list[str]:
    """Return the settings whose values nobody may see."""
    return [name for name, field in Settings.model_fields.items() if _has_type(field, SecretStr)]


def files() -> list[str]:
    """Return the settings that name a file."""
    return [name for name, field in Settings.model_fields.items() if _has_type(field, Path)]


def alerts() -> list[str]:
    """Return the names of all alerts."""
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule["alert"] for group in groups for rule in group["rules"] if "alert" in rule]


def _has_type(field: FieldInfo, wanted: type) -> bool:
    return wanted in (field.annotation, *get_args(field.annotation))


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _code() -> dict[str, Any]:
    """Return what templates must know of the code."""
    defaults = Settings().model_dump(mode="json", exclude={*secrets()}, exclude_none=True)
    return {
        "stages": {stage: topic.name for stage, topic in topics.READS.items()},
        "defaults": {name: value for name, value in defaults.items() if value not in ("", {})},
        "secrets": secrets(),
        "files": files(),
        "worker_end_seconds": END_SECONDS + MARGIN_SECONDS,
        "sidecar_end_seconds": math.ceil(2 * SHUTDOWN_SECONDS) + MARGIN_SECONDS,
    }


def _schema() -> dict[str, Any]:
    """Return the schema of the values, with the definitions that follow from the code."""
    schema: dict[str, Any] = json.loads((CHART / "values.schema.json").read_text())
    fields = Settings.model_json_schema()["properties"]
    there = {name: _property(field) for name, field in fields.items()}
    elsewhere = [*secrets(), *files(), *_kafka(fields)]
    schema["definitions"] |= {
        "settings": _object(there),
        "settingsFrom": _object(
            {name: {"$ref": "#/definitions/from"} for name in fields if name in elsewhere}
        ),
        "alert": {"enum": alerts()},
        "stages": _object({stage: {"$ref": "#/definitions/stage"} for stage in topics.READS}),
        "stage": _object(
            {
                name: value
                for name, value in schema["definitions"]["worker"]["properties"].items()
                if name not in ("deployment", "stages")
            }
        ),
    }
    return schema


def _kafka(fields: dict[str, Any]) -> Iterator[str]:
    """Yield the texts of a connection to Kafka: an operator's Secret has brokers and user, too."""
    for name, field in fields.items():
        if name.startswith("kafka_") and field.get("type") == "string" and "enum" not in field:
            yield name


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _property(field: dict[str, Any]) -> dict[str, Any]:
    """Return what pydantic says of a field in the words of draft 7, which all of Helm 3 knows."""
    said = {
        name: value
        for name, value in field.items()
        if name not in ("default", "title", "format", "writeOnly")
    }
    if "prefixItems" in said:
        said["items"] = said.pop("prefixItems")
    for name in ("anyOf", "items"):
        if isinstance(said.get(name), list):
            said[name] = [_property(one) for one in said[name]]
    if isinstance(said.get("additionalProperties"), dict):
        said["additionalProperties"] = _property(said["additionalProperties"])
    return said


def _readme() -> str:
    text = (CHART / "README.md").read_text()
    rows = ["| value | default | what it is |", "| --- | --- | --- |"]
    rows += [f"| `{path}` | {default} | {about} |" for path, default, about in documented_values()]
    table = "\n".join(rows).replace("|  |", "| |")
    return _TABLE.sub(lambda found: f"{found[1]}\n{table}\n\n{found[2]}", text)


def documented_values() -> Iterator[tuple[str, str, str]]:
    """Yield path, default and description of each value that values.yaml describes."""
    text = (CHART / "values.yaml").read_text()
    values = yaml.safe_load(text)
    for path, key, _ in _nodes(yaml.compose(text)):
        if about := _comment(text.splitlines(), key.start_mark.line):
            default = json.dumps(reduce(getitem, path.split("."), values))
            yield path, f"`{default}`" if default not in ('""', "null") else "", _cell(about)


def undocumented_values() -> list[str]:
    """Return the values that neither have a description nor stand in or around one that has."""
    described = [path for path, *_ in documented_values()]
    text = (CHART / "values.yaml").read_text()
    leaves = [path for path, _, value in _nodes(yaml.compose(text)) if not _is_map(value)]
    return [
        leaf for leaf in leaves if not any(f"{leaf}.".startswith(f"{path}.") for path in described)
    ]


def _is_map(value: yaml.Node) -> bool:
    return isinstance(value, yaml.MappingNode) and bool(value.value)


def _nodes(node: yaml.Node | None, above: str = "") -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            path = f"{above}{key.value}"
            yield path, key, value
            yield from _nodes(value, f"{path}.")


def _comment(lines: list[str], at: int) -> str:
    """Return the description in the line above line *at*, or nothing."""
    above = lines[at - 1].strip() if at else ""
    return above.removeprefix("# -- ") if above.startswith("# -- ") else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    for path, text in written().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for copy in (CHART / "files" / "dashboards").glob("*.json"):
        if not (DASHBOARDS / copy.name).exists():
            copy.unlink()
