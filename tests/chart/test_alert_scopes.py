"""Releases under one Prometheus: the rules of each look at its own series alone."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.objects import SMALL, named, of_kind
from tests.operations.test_rules import UNIT_TESTS
from tests.support.chart import RULES
from tests.support.helm import rendered
from tests.support.prometheus import promtool

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("helm")]

OURS = yaml.safe_load(RULES.read_text())
_QUOTED = re.sub(r"(?<= values: )([^'\n]+)", r"'\1'", UNIT_TESTS.read_text())  # 0x12 is no number
FAULTS = yaml.safe_load(_QUOTED)["tests"]
END = "7c5b9d8f6d-x2x4z"
POD = f"help-ticketstream-worker-{END}"
"""A pod of the release `help`."""
STRANGERS = {
    "another namespace": ("staging", POD),
    "a name that begins like ours": ("prod", f"helper-ticketstream-worker-{END}"),
    "a name that ends like ours": ("prod", f"my-help-ticketstream-worker-{END}"),
    "a name that goes on like ours": ("prod", f"help-ticketstream-worker-worker-{END}"),
}
"""Pods of other releases, with their namespaces."""

Spec = dict[str, Any]


def made(namespace: str = "prod", release: str = "help", *values: str) -> Spec:
    """Return the rules of a release."""
    on = (*SMALL, "--namespace", namespace, "--set", "metrics.rules.enabled=true")
    spec: Spec = named(rendered(*on, *values, release=release), "PrometheusRule", "")["spec"]
    return spec


def test_rules_are_ours_but_for_their_scope() -> None:
    """
    Nothing is added to the rules of deploy/prometheus but the release in each selector and in the
    labels of each rule.
    """
    spec = made()
    for rule in (rule for group in spec["groups"] for rule in group["rules"]):
        labels = rule["labels"]
        assert (labels.pop("namespace"), labels.pop("release")) == ("prod", "help")
        if not labels:
            del rule["labels"]
        scope = r'namespace="prod", (?:pod=~"help-ticketstream-[^"]+"|release="help")'
        rule["expr"] = re.sub(rf"\{{{scope}\}}", "", rule["expr"])
        rule["expr"] = re.sub(rf"\{{{scope}, ", "{", rule["expr"])

    assert spec == OURS


def replayed(folder: Path, rules: Iterable[Spec], tests: list[dict[str, Any]]) -> None:
    """Fail with what promtool says if *tests* of *rules* do not come out."""
    files = []
    for number, spec in enumerate(rules):
        files.append(f"{number}.rules.yml")
        (folder / files[-1]).write_text(yaml.safe_dump(spec, width=1_000_000))
    told = {
        "rule_files": files,
        "evaluation_interval": "30s",
        "group_eval_order": [group["name"] for group in OURS["groups"]] if len(files) == 1 else [],
        "tests": tests,
    }
    (folder / "test.yml").write_text(yaml.safe_dump(told, width=1_000_000))
    promtool("test", "rules", "test.yml", folder=folder)


def series_of(namespace: str, pod: str, series: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return *series* as Prometheus has them of *pod*."""
    found = []
    for one in series:
        name, _, labels = one["series"].partition("{")
        found.append(one | {"series": f'{name}{{namespace="{namespace}", pod="{pod}", {labels}'})
    return found


def test_each_fault_of_a_release_is_seen(tmp_path: Path) -> None:
    """
    All unit tests of the rules come out for series of the release's pods. Its alerts say of which
    release they are.
    """
    tests = copy.deepcopy(FAULTS)
    for test in tests:
        test["input_series"] = series_of("prod", POD, test["input_series"])
        for one in test["alert_rule_test"]:
            for alert in one["exp_alerts"]:
                alert["exp_labels"] |= {"namespace": "prod", "release": "help"}

    replayed(tmp_path, [made()], tests)


def test_no_fault_of_another_release_is_seen(tmp_path: Path) -> None:
    """
    The same series of other releases raise no alert of ours.
    """
    tests = copy.deepcopy(FAULTS)
    for test in tests:
        given = test["input_series"]
        test["input_series"] = [
            one for stranger in STRANGERS.values() for one in series_of(*stranger, given)
        ]
        for one in test["alert_rule_test"]:
            one["exp_alerts"] = []
        test["alert_rule_test"] = [
            one
            for one in test["alert_rule_test"]
            if one["alertname"] != "TicketstreamStageMissing"  # ours has no worker at all
        ]

    replayed(tmp_path, [made()], tests)


HEALTHY = {
    **{f'ticketstream_stage_slots{{stage="{s}"}}': "64x60" for s in ("retrieval", "drafting")},
    'ticketstream_stage_slots{stage="triage"}': "64x60",
    'ticketstream_stage_slots{stage="policy"}': "64x60",
    'ticketstream_stage_lag{stage="triage", partition="0"}': "5x60",
    'ticketstream_stage_out_total{stage="policy", outcome="done"}': "0+1x60",
    'ticketstream_budget_spent_dollars{instance="a"}': "0x60",
    'ticketstream_budget_limit_dollars{instance="a"}': "1000x60",
}
ILL = {
    **{one: values for one, values in HEALTHY.items() if 'slots{stage="triage"' not in one},
    'ticketstream_stage_lag{stage="triage", partition="0"}': "5000x60",
    'ticketstream_stage_out_total{stage="policy", outcome="done"}': "0x60",
    'ticketstream_budget_spent_dollars{instance="a"}': "10x60",
    'ticketstream_budget_limit_dollars{instance="a"}': "10x60",
}
SEEN = (
    *("TicketstreamBudgetSpent", "TicketstreamNoResults"),
    *("TicketstreamSpending", "TicketstreamStageMissing"),
)


@pytest.mark.parametrize(("namespace", "release"), [("staging", "help"), ("prod", "other")])
def test_a_healthy_release_hides_no_fault(namespace: str, release: str, tmp_path: Path) -> None:
    """
    While one release spends its budget, lacks a stage and brings no result, another one is well.
    All of it is seen, of the first alone.
    """
    pods = {("prod", "help"): POD, (namespace, release): f"{release}-ticketstream-worker-{END}"}
    states = zip(pods.items(), (ILL, HEALTHY), strict=True)
    told = [
        one
        for ((space, _), pod), state in states
        for one in series_of(space, pod, [{"series": s, "values": v} for s, v in state.items()])
    ]
    firing = {
        "expr": 'count by (alertname, namespace, release) (ALERTS{alertstate="firing"})',
        "eval_time": "40m",
        "exp_samples": [
            {"labels": f'{{alertname="{name}", namespace="prod", release="help"}}', "value": 1}
            for name in SEEN
        ],
    }
    test = {"interval": "1m", "input_series": told, "promql_expr_test": [firing]}

    replayed(tmp_path, [made(*whose) for whose in pods], [test])


@pytest.mark.parametrize("deployment", ["together", "each"])
@pytest.mark.parametrize("release", ["help", "r" * 53, "a.b"])
def test_the_pods_of_a_release(release: str, deployment: str) -> None:
    """
    Each Deployment's pods are in the scope, and in that of KEDA's queries, by names that Kubernetes
    makes: it cuts what is before the last five letters to 58.
    """
    scaling = "worker.autoscaling.keda.prometheusAddress=http://a"
    on = (*SMALL, "--set", "metrics.rules.enabled=true", "--set", f"worker.deployment={deployment}")
    objects = rendered(
        *(*on, "--set", "worker.autoscaling.type=keda", "--set", scaling), release=release
    )
    rule = named(objects, "PrometheusRule", "")["spec"]["groups"][0]["rules"][0]
    matched = re.search(r'pod=~"([^"]+)"', rule["expr"])
    assert matched
    for one in of_kind(objects, "Deployment"):
        pod = f"{one['metadata']['name']}-7c5b9d8f6d-"[:58] + "x2x4z"
        assert re.fullmatch(matched[1], pod), pod
        for scaled in of_kind(objects, "ScaledObject"):
            if scaled["spec"]["scaleTargetRef"]["name"] == one["metadata"]["name"]:
                query = scaled["spec"]["triggers"][0]["metadata"]["query"]
                (scope,) = re.findall(r'pod=~"([^"]+)"', query)
                assert re.fullmatch(scope, pod), pod


def test_matchers_of_an_operator() -> None:
    """
    They take the place of the default's, as they are, also beside those that a rule has.
    """
    given = 'cluster="eu",pod=~"help-.{10,}$"'
    spec = made("prod", "help", "--set-json", f"metrics.rules.matchers={json.dumps(given)}")
    all_rules = [rule for group in spec["groups"] for rule in group["rules"]]
    rules = {rule.get("alert") or rule["record"]: rule for rule in all_rules}

    assert rules["ticketstream:stage_lag:sum"]["expr"] == (
        f"sum by (stage) (ticketstream_stage_lag{{{given}}})"
    )
    assert (
        f'{{{given}, stage="policy", outcome="done"}}'
        in (rules["ticketstream:results:rate10m"]["expr"])
    )
