"""`deploy/prometheus/rules.yml`: what it names is there, and its alerts fire when they should."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from health import metrics as sidecar_metrics
from streams import metrics as worker_metrics
from streams.delivery.backlog import BACKLOGS
from tests.support.documents import ROOT, described
from tests.support.figures_of import Labels, scraped
from tests.support.machine import needs_real_servers
from tests.support.prometheus import RULES, promtool
from tests.support.under_load import under_load

UNIT_TESTS = Path(__file__).with_name("rules_test.yml")
RUNBOOKS = ROOT / "docs" / "run" / "runbooks.md"
DASHBOARDS = RUNBOOKS.with_name("dashboards.md")
LOADED = yaml.safe_load(RULES.read_text())
ALL = [rule for group in LOADED["groups"] for rule in group["rules"]]
ALERTS = {rule["alert"]: rule for rule in ALL if "alert" in rule}
WINDOWS = re.compile(r"\b(?:increase|rate)\((\w+)(\{[^}]*\})?\[(\w+)\]")
COUNTED = {found[:2] for rule in ALL for found in WINDOWS.findall(rule["expr"])}
"""The counters whose growth rules look at, with their labels."""
UNALARMED = ("ticketstream:results:rate10m", "ticketstream:ticket_seconds:p95_30m")
"""Too small a figure of these raises an alert, if any does."""
COUNTING = [
    rule for rule in ALL if WINDOWS.search(rule["expr"]) and rule.get("record") not in UNALARMED
]
MINUTES = 24 * 60
COUNTERS = ("_total", "_count", "_sum", "_bucket")

Figures = Mapping[tuple[str, Labels], float]


def metric_names() -> set[str]:
    """Return the names of all samples that workers and sidecars show."""
    names = set()
    for of, more in ((worker_metrics, (BACKLOGS,)), (sidecar_metrics, ())):
        for said, _ in described(of, *more):
            ends = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
            names |= {said.name + end for end in ends.get(said.type, ("",))}
    return names


def test_every_metric_that_rules_name_is_there() -> None:
    """
    A rule about a metric that nobody has would never fire, and nobody would notice.
    """
    recorded = {rule["record"] for rule in ALL if "record" in rule}
    for rule in ALL:
        named = set(
            re.findall(r"\b(?:ticketstream|gen_ai)[a-z0-9_]*(?::[a-z0-9_:]+)?", rule["expr"])
        )
        assert named
        assert named <= metric_names() | recorded, rule


@pytest.mark.parametrize(("counter", "labels"), sorted(COUNTED))
def test_what_rules_count_is_there_before_the_first_message(
    idle: set[tuple[str, Labels]], counter: str, labels: str
) -> None:
    """
    A worker shows each counter at 0 when it starts: the first dead letter, late result or dollar
    is an increase, and no series that begins.
    """
    wanted = set(re.findall(r'(\w+)="([^"]*)"', labels))

    assert any(name == counter and wanted <= set(of) for name, of in idle)


@pytest.fixture(scope="module")
def idle() -> set[tuple[str, Labels]]:
    """Return the samples that a worker has when nothing has come yet."""
    said = subprocess.run([sys.executable, "-c", IDLE], capture_output=True, text=True, check=True)
    return {
        (sample.name, frozenset(sample.labels.items()))
        for family in text_string_to_metric_families(said.stdout)
        for sample in family.samples
    }


IDLE = """
import asyncio
from prometheus_client import generate_latest
from streams.agents import Agent
from streams.assembly import Assembly
from streams.settings import Settings

async def start():
    settings = Settings(llm="openai", openai_model="m")
    for stage in Assembly(settings).route.stages:
        Agent(stage, settings)

asyncio.run(start())
print(generate_latest().decode())
"""


@pytest.mark.parametrize("rule", COUNTING, ids=lambda rule: rule.get("alert") or rule["record"])
def test_a_rule_that_counts_sees_a_new_worker(rule: dict[str, Any]) -> None:
    """
    It takes all that a worker had counted before Prometheus first asked it.
    """
    for name, labels, window in WINDOWS.findall(rule["expr"]):
        counter = re.escape(f"{name}{labels}")
        assert re.search(rf"max_over_time\({counter}\[{window}\]\)", rule["expr"])
        assert re.search(rf"unless {counter} offset {window}\n", rule["expr"])


@pytest.mark.parametrize("alert", ALERTS)
def test_what_an_alert_says(alert: str) -> None:
    """
    It has a summary, a description and a severity, and leads to its runbook.
    """
    rule = ALERTS[alert]
    page, _, anchor = rule["annotations"]["runbook_url"].partition("#")

    assert rule["labels"]["severity"] in ("warning", "critical")
    assert rule["annotations"].keys() == {"summary", "description", "runbook_url"}
    assert ROOT / page == RUNBOOKS
    assert anchor == alert.lower()
    assert f"## {alert}\n" in RUNBOOKS.read_text()


def test_the_table_of_alerts_is_whole() -> None:
    """
    The page names each alert with its severity, and no other.
    """
    rows = re.findall(r"^\| `(Ticketstream\w+)` \| .+ \| (\w+) \|$", DASHBOARDS.read_text(), re.M)

    assert sorted(rows) == sorted(
        (name, rule["labels"]["severity"]) for name, rule in ALERTS.items()
    )


def test_each_alert_is_seen_to_fire_and_not_to_fire() -> None:
    """
    The unit tests have both for each.
    """
    tests = yaml.safe_load(UNIT_TESTS.read_text())["tests"]
    seen = [case for test in tests for case in test["alert_rule_test"]]

    assert {case["alertname"] for case in seen if case["exp_alerts"]} == ALERTS.keys()
    assert {case["alertname"] for case in seen if not case["exp_alerts"]} >= ALERTS.keys() - {
        "TicketstreamOldTickets"  # policy's does not, in the test in which triage's does
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the rules, for promtool."""
    needs_real_servers()
    shutil.copy(RULES, tmp_path)
    return tmp_path


@pytest.mark.real
def test_alerts_fire_when_they_should(folder: Path) -> None:
    """
    promtool runs the unit tests.
    """
    shutil.copy(UNIT_TESTS, folder)

    assert "SUCCESS" in promtool("check", "rules", RULES.name, folder=folder)
    assert "SUCCESS" in promtool("test", "rules", UNIT_TESTS.name, folder=folder)


@pytest.mark.real
async def test_quiet_hours_are_quiet(folder: Path) -> None:
    """
    A worker and a sidecar work on a ticket every two seconds. What they count then, extended to
    24 hours with a night in which nothing comes, raises no alert. With faults, each of them does.
    """
    async with under_load(daily_dollars=DOLLARS) as running:
        await running.calls(4, each=0.5)
        seen = [await figures(running.worker, running.sidecar)]
        began = time.monotonic()
        for _ in range(4):
            await running.calls(2, each=2)
            seen.append(await figures(running.worker, running.sidecar))
        took = time.monotonic() - began
        await asyncio.sleep(3)
        resting = await figures(running.worker, running.sidecar)
    grown = seen[-1][DONE] - seen[0][DONE]
    assert grown == 8
    assert seen[0][KEPT] == 14 * 86_400

    assert seen[0][LIMIT] == DOLLARS
    assert 0 < seen[0][SPENT] < seen[-1][SPENT]

    series = list(extended(seen, took, resting))
    await asyncio.to_thread(raises_nothing, folder, series)
    half = MINUTES // 2
    faults = [{"series": one, "values": f"0x{half} {DOLLARS}x{half}"} for one in FAULTS.values()]
    with pytest.raises(AssertionError) as told:
        await asyncio.to_thread(raises_nothing, folder, [*series, *faults])
    assert set(re.findall(r'alertname="(\w+)"', str(told.value))) >= FAULTS.keys()


DOLLARS = 100
FAULTS = {
    "TicketstreamHeld": 'ticketstream_stage_held{stage="drafting", error="Refused"}',
    "TicketstreamMailLoop": 'ticketstream_loops_waiting{instance="another"}',
    "TicketstreamBudgetSpent": 'ticketstream_budget_spent_dollars{instance="another"}',
}
"""What raises an alert, if it lasts for half a day."""
LOAD = (0, 0, 0, 0, 0, 0, 0.2, 0.5, 1, 1.5, 2, 2, 1, 1.5, 2, 1.5, 1, 0.5, 0.5, 0.2, 0.1, 0, 0, 0)
"""How many tickets come in each hour of a day, beside those of the measurement."""
SPENT, LIMIT = (
    (f"ticketstream_budget_{what}_dollars", frozenset({("instance", "worker")}))
    for what in ("spent", "limit")
)
KEPT = (
    "ticketstream_stage_retention_seconds",
    frozenset({("stage", "triage"), ("instance", "worker")}),
)
DONE = (
    "ticketstream_stage_out_total",
    frozenset({("stage", "policy"), ("outcome", "done"), ("instance", "worker")}),
)


async def figures(worker: str, sidecar: str) -> Figures:
    """Return what both have counted, with the name of each as its instance."""
    found: dict[tuple[str, Labels], float] = {}
    for instance, at in (("worker", worker), ("sidecar", sidecar)):
        samples = await asyncio.to_thread(scraped, f"http://{at}/metrics")
        for (name, labels), value in samples.items():
            if name.startswith(("ticketstream_", "gen_ai_")) and not name.endswith("_created"):
                found[name, labels | {("instance", instance)}] = value
    return found


def extended(seen: Sequence[Figures], took: float, resting: Figures) -> Iterator[dict[str, str]]:
    """
    Yield what was *seen* within *took* seconds and rules name, as series of 24 hours.

    Args:
        seen: of which one value a minute is made.
        resting: what is seen when no ticket comes.
    """
    rules = RULES.read_text()
    for (name, labels), last in seen[-1].items():
        if name not in rules:
            continue
        first = seen[0].get((name, labels), 0.0)
        told = ", ".join(f'{label}="{value}"' for label, value in sorted(labels))
        if name.endswith(COUNTERS):
            values = _counted(first, (last - first) / took * 60)
        else:
            cycle = [str(one.get((name, labels), last)) for one in seen]
            rest = str(resting.get((name, labels), last))
            values = " ".join(" ".join((cycle * 60)[:60] if at else [rest] * 60) for at in LOAD)
        yield {"series": f"{name}{{{told}}}", "values": values}


def _counted(value: float, a_minute: float) -> str:
    """Return a counter's values: it grows by so much *a_minute*, more or less by the hour."""
    hours = []
    for at in LOAD:
        hours.append(f"{value}+{a_minute * at}x59")
        value += a_minute * at * 60
    return " ".join(hours)


def raises_nothing(folder: Path, series: Sequence[Mapping[str, Any]]) -> None:
    """Fail with what promtool says if *series* raise an alert at any time."""
    once = {
        "expr": 'count by (alertname) (count_over_time(ALERTS{alertstate="firing"}[24h]))',
        "eval_time": "24h",
        "exp_samples": [],
    }
    replayed = {
        "rule_files": [RULES.name],
        "evaluation_interval": "1m",
        "tests": [{"interval": "1m", "input_series": list(series), "promql_expr_test": [once]}],
    }
    (folder / "quiet.yml").write_text(yaml.safe_dump(replayed, width=1_000_000))
    promtool("test", "rules", "quiet.yml", folder=folder)
