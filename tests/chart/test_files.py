"""What stands in the chart's files agrees with the code, and with itself."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # has no types
import pytest
import yaml

from schemas import topics
from streams.definitions import policy_rules, taxonomy, voice
from streams.definitions.prompt_files import load_prompt
from streams.settings import Settings
from tests.support import chart
from tests.support.chart import CHART, VALUES
from tests.support.documents import ROOT

SCHEMA = json.loads((CHART / "values.schema.json").read_text())
DEFAULTS = yaml.safe_load((CHART / "values.yaml").read_text())
EVERYTHING = yaml.safe_load((CHART / "values" / "everything.yaml").read_text())

every_file = pytest.mark.parametrize("values", VALUES, ids=lambda path: path.stem)


def test_what_is_made_from_the_code_is_as_the_code_is() -> None:
    """
    `make chart` would write nothing: settings, stages, alerts, dashboards and README are current.
    """
    made = chart.written()
    copies = set((CHART / "files" / "dashboards").iterdir())

    assert {path.name for path, text in made.items() if path.read_text() != text} == set()
    assert copies <= set(made)


def test_each_value_is_described() -> None:
    """
    A line `# --` stands above each value, or above the whole that it is a part of.
    """
    assert list(chart.documented_values())
    assert chart.undocumented_values() == []


def test_the_schema_has_each_setting() -> None:
    """
    The map of settings takes the names of all settings, and no other.
    """
    known = SCHEMA["definitions"]["settings"]

    assert set(known["properties"]) == set(Settings.model_fields)
    assert known["additionalProperties"] is False


def test_secrets_and_files_can_come_from_a_secret() -> None:
    """
    Each setting that is a secret or names a file may be taken from a Secret.
    """
    taken = set(SCHEMA["definitions"]["settingsFrom"]["properties"])

    assert {*chart.secrets(), *chart.files()} <= taken <= set(Settings.model_fields)


@every_file
def test_values_fit_the_schema(values: Path) -> None:
    """
    The defaults and each file of values are allowed.
    """
    jsonschema.validate(DEFAULTS, SCHEMA)
    jsonschema.validate(yaml.safe_load(values.read_text()), SCHEMA)


def test_no_map_takes_unknown_keys() -> None:
    """
    Wherever the schema lists the keys of a map, a misspelt one is refused, but for `global`.
    """
    open_maps = [at for at, one in objects(SCHEMA, "") if one.get("additionalProperties", 1)]
    lists_keys = [at for at, one in objects(SCHEMA, "") if "properties" in one]

    assert lists_keys
    assert set(open_maps) & set(lists_keys) == set()
    assert SCHEMA["properties"]["global"] == {"type": "object"}


def objects(schema: Any, at: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each schema of an object in *schema*, with its place."""
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield at, schema
        for name, below in schema.items():
            yield from objects(below, f"{at}/{name}")


def test_the_schema_has_each_value() -> None:
    """
    Nothing stands in values.yaml that the schema does not know, and the other way round.
    """
    assert set(paths(DEFAULTS)) <= set(allowed(SCHEMA))
    assert {path for path in allowed(SCHEMA) if path != "global"} <= {*paths(DEFAULTS)}


def paths(values: Any, above: str = "") -> Iterator[str]:
    """Yield the path of each key in *values* that the schema lists."""
    free = set(free_maps(SCHEMA))
    for name, value in values.items():
        yield f"{above}{name}"
        if isinstance(value, dict) and f"{above}{name}" not in free:
            yield from paths(value, f"{above}{name}.")


def allowed(schema: dict[str, Any], above: str = "") -> Iterator[str]:
    """Yield the path of each key that *schema* lists, but for the settings and stages."""
    for name, below in listed(schema).items():
        yield f"{above}{name}"
        if below.get("$ref", "").rpartition("/")[2] in ("settings", "settingsFrom", "stages"):
            continue
        yield from allowed(resolved(below), f"{above}{name}.") if not is_probe(below) else ()


def free_maps(schema: dict[str, Any], above: str = "") -> Iterator[str]:
    """Yield the path of each map whose keys the schema does not list, or that is a probe."""
    for name, below in listed(schema).items():
        if is_probe(below) or not listed(resolved(below)):
            yield f"{above}{name}"
        yield from free_maps(resolved(below), f"{above}{name}.")


def is_probe(schema: dict[str, Any]) -> bool:
    """Say whether *schema* is that of a probe: it may have what Kubernetes knows of one."""
    return schema.get("$ref") == "#/definitions/probe"


def listed(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the keys that *schema* lists."""
    found: dict[str, Any] = schema.get("properties", {})
    return found


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """Return *schema*, or what it refers to."""
    if "$ref" in schema:
        found: dict[str, Any] = SCHEMA["definitions"][schema["$ref"].rpartition("/")[2]]
        return found
    return schema


def test_the_version_of_the_chart() -> None:
    """
    The chart installs this version of ticketstream.
    """
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]

    assert yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"] == version


def test_partitions() -> None:
    """
    The chart counts with as many partitions as `ticketstream topics` creates.
    """
    assert {topic.partitions for topic in topics.READS.values()} == {DEFAULTS["partitions"]}


@pytest.mark.parametrize(
    "path",
    [chart.RULES, *chart.DASHBOARDS.glob("*.json"), CHART / "templates" / "autoscaling.yaml"],
    ids=lambda path: path.name,
)
def test_metrics(path: Path) -> None:
    """
    Alerts, dashboards and triggers look at metrics that exist.
    """
    table = (ROOT / "docs" / "run" / "metrics.md").read_text()
    exist = {
        re.sub(r"_(sum|count|bucket)$", "", name) if kind == "histogram" else name
        for name, kind in re.findall(r"^\| `(\w+)` \| (\w+)", table, re.MULTILINE)
    }
    asked = set(re.findall(r"\b(ticketstream_\w+)", path.read_text())) - {"ticketstream_busy_slots"}

    assert exist
    assert {re.sub(r"_(sum|count|bucket)$", "", name) for name in asked} <= exist


def test_everything_is_on() -> None:
    """
    The file that turns everything on leaves nothing off that can be turned on.
    """
    off = [path for path in paths(DEFAULTS) if path.endswith("enabled") and not at(path)]
    same = [p for p in paths(EVERYTHING) if at(p, EVERYTHING) == at(p, DEFAULTS) and leaf(p)]

    assert off == []
    assert same == []


def at(path: str, values: Any = None) -> Any:
    """Return what stands at *path*: by default in everything.yaml, or else in values.yaml."""
    for lot in (values,) if values is not None else (EVERYTHING, DEFAULTS):
        found: Any = lot
        for name in path.split("."):
            found = found.get(name) if isinstance(found, dict) else None
        if found is not None:
            return found
    return None


def leaf(path: str) -> bool:
    """Say whether no other key stands below *path* of everything.yaml."""
    return not isinstance(at(path, EVERYTHING), dict)


def test_taxonomy_policy_voice_and_prompts(tmp_path: Path) -> None:
    """
    Those of everything.yaml are such as ticketstream reads.
    """
    for stage, text in EVERYTHING["prompts"].items():
        (tmp_path / stage).write_text(text)
        assert load_prompt(stage, tmp_path / stage).version == f"{stage}-support-1"
    for name in ("taxonomy", "policy", "voice"):
        (tmp_path / name).write_text(EVERYTHING[name])

    assert taxonomy.load_taxonomy(tmp_path / "taxonomy").version == "support-1"
    assert policy_rules.load_policy(tmp_path / "policy").version == "support-1"
    assert voice.load_voice(tmp_path / "voice").version == "voice-support-1"
