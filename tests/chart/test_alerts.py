"""What an operator may set of the alerts: limits, the runbooks' address, and which there are."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.objects import SMALL, named
from tests.support.chart import CHART, RULES, alerts
from tests.support.helm import refusal, rendered
from tests.support.prometheus import promtool

LIMITS = yaml.safe_load((CHART / "files" / "limits.yaml").read_text())
DEFAULTS = yaml.safe_load((CHART / "values.yaml").read_text())["metrics"]["rules"]
OURS = yaml.safe_load(RULES.read_text())
ON = (*SMALL, "--set", "metrics.rules.enabled=true")
ALL = ("--set", "metrics.rules.matchers=")
"""The rules look at all that Prometheus has. Those that look at one release: test_alert_scopes."""
SOME = "1234.5"
"""A limit that nothing else in the alerts has."""

Spec = dict[str, Any]
Rules = dict[str, dict[str, Any]]


def made(*values: str) -> Spec:
    """Return what the chart gives to the Prometheus operator with *values*."""
    spec: Spec = named(rendered(*ON, *ALL, *values), "PrometheusRule", "")["spec"]
    return spec


def by_name(spec: Spec) -> Rules:
    """Return each rule of *spec* by its alert or record."""
    return {r.get("alert") or r["record"]: r for group in spec["groups"] for r in group["rules"]}


def test_each_limit_stands_in_its_alert() -> None:
    """
    What a value replaces is there once, and the default is the limit that stands there.
    """
    assert {name: one["default"] for name, one in LIMITS.items()} == DEFAULTS["limits"]
    for one in LIMITS.values():
        alert = by_name(OURS)[one["alert"]]
        for text, (old, new) in (
            (alert["expr"], one["expr"]),
            (alert["annotations"]["description"], one["description"]),
        ):
            assert text.count(old) == 1
            assert new.count("LIMIT") == 1


def test_a_limit_by_its_default_changes_nothing() -> None:
    """
    The number in the expression is the default, or its hundredth where it is a percentage.
    """
    for name, one in LIMITS.items():
        (number,) = re.findall(r"(?<=> )[\d.]+(?= |$)|^[\d.]+", one["expr"][0])

        assert float(number) == one["default"] / (100 if name.endswith("Percent") else 1)


@pytest.mark.real
@pytest.mark.usefixtures("helm")
def test_alerts_are_ours() -> None:
    """
    Without matchers they are the rules of deploy/prometheus, letter by letter; values of null are
    as none.
    """
    assert made() == OURS
    assert made("--set", "metrics.rules.limits=null,metrics.rules.disabled=null") == OURS
    assert made("--set", "metrics.rules.limits.lagMessages=null") == OURS


@pytest.mark.real
@pytest.mark.usefixtures("helm")
@pytest.mark.parametrize("name", LIMITS)
def test_a_limit(name: str, tmp_path: Path) -> None:
    """
    It comes into the expression and the description of its alert, and changes nothing else; what
    comes of it is valid for Prometheus.
    """
    value = "55" if name.endswith("Percent") else SOME
    spec = made("--set-json", f"metrics.rules.limits.{name}={value}")
    ours, theirs = by_name(OURS), by_name(spec)
    changed = {rule for rule, one in theirs.items() if one != ours[rule]}
    alert = theirs[LIMITS[name]["alert"]]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump(spec))

    assert changed == {LIMITS[name]["alert"]}
    assert alert["expr"].count(value) == alert["annotations"]["description"].count(value) == 1
    assert "LIMIT" not in json.dumps(alert)
    assert "SUCCESS" in promtool("check", "rules", "rules.yml", folder=tmp_path)


@pytest.mark.real
@pytest.mark.usefixtures("helm")
def test_a_large_limit() -> None:
    """
    It is written as a number that people read, not as 2e+06.
    """
    spec = made("--set", "metrics.rules.limits.lagMessages=2000000")

    assert ":sum > 2000000 and" in by_name(spec)["TicketstreamLag"]["expr"]


@pytest.mark.real
@pytest.mark.usefixtures("helm")
@pytest.mark.parametrize(("lag", "fires"), [(4_000, False), (6_000, True)])
def test_an_alert_fires_by_its_limit(lag: int, fires: bool, tmp_path: Path) -> None:
    """
    More than 5,000 messages raise the alert, if that is the limit, and fewer do not.
    """
    spec = made("--set", "metrics.rules.limits.lagMessages=5000,metrics.rules.limits.lagSeconds=60")
    (tmp_path / "rules.yml").write_text(yaml.safe_dump(spec))
    stage = '{stage="triage"}'
    series = {
        f"ticketstream_stage_lag{stage}": lag,
        f"ticketstream_stage_oldest_seconds{stage}": 90,
    }
    firing = {
        "expr": 'count(ALERTS{alertname="TicketstreamLag", alertstate="firing"})',
        "eval_time": "20m",
        "exp_samples": [{"labels": "{}", "value": 1}] if fires else [],
    }
    told = {
        "rule_files": ["rules.yml"],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": name, "values": f"{value}x30"} for name, value in series.items()
                ],
                "promql_expr_test": [firing],
            }
        ],
    }
    (tmp_path / "test.yml").write_text(yaml.safe_dump(told))

    promtool("test", "rules", "test.yml", folder=tmp_path)


@pytest.mark.real
@pytest.mark.usefixtures("helm")
def test_alerts_that_are_off() -> None:
    """
    They are left out, and all others and what dashboards need is there.
    """
    off = ["TicketstreamMailLoop", "TicketstreamSpending"]
    left = by_name(made("--set", f"metrics.rules.disabled={{{','.join(off)}}}"))

    assert left == {name: one for name, one in by_name(OURS).items() if name not in off}
    none = by_name(made("--set", f"metrics.rules.disabled={{{','.join(alerts())}}}"))
    assert none == {name: one for name, one in by_name(OURS).items() if "record" in one}


@pytest.mark.real
@pytest.mark.usefixtures("helm")
def test_the_address_of_the_runbooks() -> None:
    """
    Each alert leads to its part of the page there.
    """
    page = "https://docs.example.com/run/runbooks.html"
    spec = by_name(made("--set", f"metrics.rules.runbooks={page}"))

    assert {name: spec[name]["annotations"]["runbook_url"] for name in alerts()} == {
        name: f"{page}#{name.lower()}" for name in alerts()
    }


@pytest.mark.real
@pytest.mark.usefixtures("helm")
@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("disabled={TicketstreamLagg}", "/metrics/rules/disabled/0"),
        ("limits.lag=5", "'lag' not allowed"),
        ("limits.lagMessages=0", "/metrics/rules/limits/lagMessages"),
        ("limits.lagMessages=many", "/metrics/rules/limits/lagMessages"),
        ("limits.budgetPercent=101", "/metrics/rules/limits/budgetPercent"),
        ('matchers={pod="a"}', "/metrics/rules/matchers"),
        ("matchers=support", "/metrics/rules/matchers"),
        ("runbooks=docs/runbooks", "/metrics/rules/runbooks"),
        ("runbooks=https://docs.example.com/x#y", "/metrics/rules/runbooks"),
    ],
)
def test_what_is_refused(value: str, said: str) -> None:
    """
    An alert that there is not, a limit that is none, an address that is none.
    """
    how = "--set-string" if value.startswith("matchers") else "--set"
    assert said in refusal(*ON, how, f"metrics.rules.{value}")
