"""
The Grafana dashboards in `deploy/grafana/`, made with Grafana's own SDK.

`python -m tests.support.dashboards` writes them. A test compares the files with what this makes,
and runs each query.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grafana_foundation_sdk.builders import dashboard as grafana
from grafana_foundation_sdk.builders import prometheus, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    VariableOption,
    VariableRefresh,
)

from tests.support.documents import ROOT

FOLDER = ROOT / "deploy" / "grafana"
_SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
_RATE = "[$__rate_interval]"
_SERIES = re.compile(r"\b(ALERTS|ticketstream_\w+|gen_ai_client_\w+)(?:\{([^}]*)\})?")
ALL_NAMESPACES = ".*"
"""What the variable `namespace` is at first. It also takes series that have no such label."""


@dataclass(frozen=True)
class Query:
    """An expression, and what its series are called."""

    expression: str
    legend: str

    @property
    def asked(self) -> str:
        """The expression, of the namespaces that the reader chose."""
        scoped = _SERIES.sub(r'\1{namespace=~"$namespace", \2}', self.expression)
        return scoped.replace(", }", "}")


@dataclass(frozen=True)
class Panel:
    """A graph of some queries."""

    title: str
    about: str
    queries: Sequence[Query]
    unit: str = "short"


@dataclass(frozen=True)
class Board:
    """A dashboard: rows of panels."""

    uid: str
    title: str
    about: str
    rows: Sequence[tuple[str, Sequence[Panel]]]

    @property
    def panels(self) -> list[Panel]:
        """All panels, in order."""
        return [panel for _, panels in self.rows for panel in panels]

    @property
    def file(self) -> Path:
        """Where its JSON is."""
        return FOLDER / f"{self.uid}.json"


def _rate(metric: str, by: str, where: str = "") -> str:
    return f"sum by ({by}) (rate({metric}{where}{_RATE}))"


def _quantile(q: float, metric: str, by: str) -> str:
    return f"histogram_quantile({q}, {_rate(f'{metric}_bucket', f'{by}, le')})"


_RESULTS = _rate("ticketstream_stage_out_total", "outcome", '{stage="policy", outcome="done"}')
_DOLLARS = f"sum(rate(ticketstream_llm_cost_dollars_total{_RATE}))"

OPERATIONS = Board(
    "ticketstream-operations",
    "ticketstream: operations",
    "Do tickets come through, how long do they take, and what holds them up?",
    (
        (
            "Tickets",
            (
                Panel(
                    "Tickets and results",
                    "Messages taken from incoming-tickets, and results published, a second.",
                    (
                        Query(
                            _rate("ticketstream_stage_in_total", "stage", '{stage="triage"}'), "in"
                        ),
                        Query(_RESULTS, "results"),
                    ),
                    "reqps",
                ),
                Panel(
                    "Time until the result",
                    "From the record on incoming-tickets until the result was published: 95 of 100"
                    " tickets took less.",
                    (
                        Query(
                            _quantile(0.95, "ticketstream_ticket_seconds", "priority"),
                            "{{priority}}",
                        ),
                    ),
                    "s",
                ),
                Panel(
                    "Results with less than an hour of the SLA left",
                    "Share of results that came out late or nearly so.",
                    (
                        Query(
                            "sum by (priority) (rate(ticketstream_ticket_sla_left_seconds_bucket"
                            f'{{le="3600.0"}}{_RATE})) / '
                            + _rate("ticketstream_ticket_sla_left_seconds_count", "priority"),
                            "{{priority}}",
                        ),
                    ),
                    "percentunit",
                ),
                Panel(
                    "Alerts",
                    "Alerts that fire.",
                    (
                        Query(
                            'count by (alertname) (ALERTS{alertstate="firing",'
                            ' alertname=~"Ticketstream.*"})',
                            "{{alertname}}",
                        ),
                    ),
                ),
            ),
        ),
        (
            "Stages",
            (
                Panel(
                    "Lag",
                    "Messages behind the committed offset. One slow ticket shows all that came"
                    " after it.",
                    (Query("sum by (stage) (ticketstream_stage_lag)", "{{stage}}"),),
                ),
                Panel(
                    "Oldest message",
                    "Age of the oldest message that is not finished.",
                    (Query("max by (stage) (ticketstream_stage_oldest_seconds)", "{{stage}}"),),
                    "s",
                ),
                Panel(
                    "Busy slots",
                    "Share of the slots in which a stage works. At 1, more workers help.",
                    (
                        Query(
                            "sum by (stage) (ticketstream_stage_slots_busy)"
                            " / sum by (stage) (ticketstream_stage_slots)",
                            "{{stage}}",
                        ),
                    ),
                    "percentunit",
                ),
                Panel(
                    "Time in a stage",
                    "Work on a message, without waiting: 95 of 100 took less.",
                    (Query(_quantile(0.95, "ticketstream_stage_seconds", "stage"), "{{stage}}"),),
                    "s",
                ),
                Panel(
                    "Held tickets",
                    "Tickets that wait, by reason.",
                    (
                        Query(
                            "sum by (stage, error) (ticketstream_stage_held)", "{{stage}} {{error}}"
                        ),
                    ),
                ),
                Panel(
                    "Mail loops",
                    "Tickets that wait because too many of their messages came.",
                    (Query("sum(ticketstream_loops_waiting)", "waiting"),),
                ),
                Panel(
                    "Retries",
                    "Tries that come after a failed one, a second.",
                    (
                        Query(
                            _rate("ticketstream_stage_retries_total", "stage, reason"),
                            "{{stage}} {{reason}}",
                        ),
                    ),
                    "reqps",
                ),
                Panel(
                    "Outcomes",
                    "What became of messages, a second, over all stages.",
                    (Query(_rate("ticketstream_stage_out_total", "outcome"), "{{outcome}}"),),
                    "reqps",
                ),
                Panel(
                    "Dead letters and losses",
                    "Dead letters, and messages that retention took, in the last hour.",
                    (
                        Query(
                            "sum by (stage) (increase(ticketstream_stage_out_total"
                            '{outcome="dead_letter"}[1h]))',
                            "dead letters of {{stage}}",
                        ),
                        Query(
                            "sum by (stage) (increase(ticketstream_stage_lost_total[1h]))",
                            "lost before {{stage}}",
                        ),
                    ),
                ),
            ),
        ),
        (
            "Backends",
            (
                Panel(
                    "Circuit breakers",
                    "0 closed, 1 a trial, 2 open.",
                    (Query("max by (backend) (ticketstream_breaker_state)", "{{backend}}"),),
                ),
                Panel(
                    "Refusals",
                    "1 while key, quota, model or a parameter is refused.",
                    (Query("max by (backend) (ticketstream_backend_refuses)", "{{backend}}"),),
                ),
                Panel(
                    "Model calls",
                    "Calls of the language model a second, by model and outcome.",
                    (
                        Query(
                            _rate("ticketstream_llm_calls_total", "model, outcome"),
                            "{{outcome}} {{model}}",
                        ),
                    ),
                    "reqps",
                ),
                Panel(
                    "Time of a model call",
                    "95 of 100 calls took less.",
                    (
                        Query(
                            _quantile(0.95, "ticketstream_llm_seconds", "stage, model"),
                            "{{stage}} {{model}}",
                        ),
                    ),
                    "s",
                ),
            ),
        ),
        (
            "Sidecar",
            (
                Panel(
                    "Requests",
                    "HTTP requests a second, by status.",
                    (Query(_rate("ticketstream_http_requests_total", "status"), "{{status}}"),),
                    "reqps",
                ),
                Panel(
                    "Time of a request",
                    "Waiting for the pipeline included: 95 of 100 took less.",
                    (
                        Query(
                            _quantile(0.95, "ticketstream_http_request_seconds", "route"),
                            "{{route}}",
                        ),
                    ),
                    "s",
                ),
                Panel(
                    "Callers that wait",
                    "Process calls that wait for their result.",
                    (Query("sum(ticketstream_process_waiting)", "waiting"),),
                ),
                Panel(
                    "Follower",
                    "Whether results are followed, and how many are not read yet.",
                    (
                        Query("min by (instance) (ticketstream_follower_up)", "up {{instance}}"),
                        Query("max by (instance) (ticketstream_follower_lag)", "lag {{instance}}"),
                    ),
                ),
            ),
        ),
    ),
)

QUALITY = Board(
    "ticketstream-quality",
    "ticketstream: quality and cost",
    "Are drafts good enough to be sent, and what do they cost?",
    (
        (
            "Quality",
            (
                Panel(
                    "Verdicts",
                    "Results by the verdict of the policy stage, as a share of all.",
                    (
                        Query(
                            _rate("ticketstream_ticket_verdicts_total", "compliance")
                            + " / scalar(sum(rate(ticketstream_ticket_verdicts_total"
                            + f"{_RATE})))",
                            "{{compliance}}",
                        ),
                    ),
                    "percentunit",
                ),
                Panel(
                    "Drafts without evidence",
                    "Share of drafts that cite no article.",
                    (
                        Query(
                            f'sum(rate(ticketstream_ticket_drafts_total{{evidence="no"}}{_RATE}))'
                            f" / sum(rate(ticketstream_ticket_drafts_total{_RATE}))",
                            "without evidence",
                        ),
                    ),
                    "percentunit",
                ),
                Panel(
                    "Findings",
                    "The ten rules that find most, in tickets a second.",
                    (
                        Query(
                            f"topk(10, {_rate('ticketstream_ticket_findings_total', 'rule')})",
                            "{{rule}}",
                        ),
                    ),
                    "reqps",
                ),
                Panel(
                    "Degraded tickets",
                    "Tickets that an embedded backend did in the model's place, a second.",
                    (
                        Query(
                            _rate("ticketstream_fallbacks_total", "stage, reason"),
                            "{{stage}} {{reason}}",
                        ),
                    ),
                    "reqps",
                ),
                Panel(
                    "Priorities",
                    "Results a second, by priority.",
                    (
                        Query(
                            _rate("ticketstream_ticket_seconds_count", "priority"), "{{priority}}"
                        ),
                    ),
                    "reqps",
                ),
                Panel(
                    "Articles",
                    "Articles in the knowledge base of each worker.",
                    (Query("max by (instance) (ticketstream_articles)", "{{instance}}"),),
                ),
            ),
        ),
        (
            "Cost",
            (
                Panel(
                    "Dollars an hour",
                    "By TICKETSTREAM_OPENAI_PRICES.",
                    (
                        Query(
                            "3600 * "
                            + _rate("ticketstream_llm_cost_dollars_total", "stage, model"),
                            "{{stage}} {{model}}",
                        ),
                    ),
                    "currencyUSD",
                ),
                Panel(
                    "Dollars today",
                    "What all workers have spent since 00:00 UTC, and TICKETSTREAM_DAILY_DOLLARS;"
                    " 0 without that limit.",
                    (
                        Query("max(ticketstream_budget_spent_dollars)", "spent"),
                        Query("max(ticketstream_budget_limit_dollars)", "limit"),
                    ),
                    "currencyUSD",
                ),
                Panel(
                    "Dollars a ticket",
                    "Cost of the model for each result.",
                    (Query(f"{_DOLLARS} / sum({_RESULTS})", "a ticket"),),
                    "currencyUSD",
                ),
                Panel(
                    "Tokens",
                    "Tokens a second, by stage, model and direction; those in that the server had.",
                    (
                        Query(
                            _rate("ticketstream_llm_tokens_total", "stage, model, direction"),
                            "{{stage}} {{direction}} {{model}}",
                        ),
                        Query(
                            _rate("ticketstream_llm_cached_tokens_total", "stage, model"),
                            "{{stage}} in, cached {{model}}",
                        ),
                    ),
                ),
                Panel(
                    "Tokens of a call",
                    "95 of 100 calls took fewer.",
                    (
                        Query(
                            _quantile(
                                0.95,
                                "gen_ai_client_token_usage",
                                "gen_ai_request_model, gen_ai_token_type",
                            ),
                            "{{gen_ai_request_model}} {{gen_ai_token_type}}",
                        ),
                    ),
                ),
                Panel(
                    "Time of a call by model",
                    "95 of 100 calls took less.",
                    (
                        Query(
                            _quantile(
                                0.95,
                                "gen_ai_client_operation_duration_seconds",
                                "gen_ai_request_model",
                            ),
                            "{{gen_ai_request_model}}",
                        ),
                    ),
                    "s",
                ),
                Panel(
                    "Calls a ticket",
                    "Calls of the model for each result: 2, or more where an answer did not fit.",
                    (
                        Query(
                            f"sum(rate(ticketstream_llm_calls_total{_RATE})) / sum({_RESULTS})",
                            "a ticket",
                        ),
                    ),
                ),
            ),
        ),
    ),
)

ALL = (OPERATIONS, QUALITY)


def as_json(board: Board) -> str:
    """Return *board* as Grafana imports it."""
    made = (
        grafana.Dashboard(board.title)
        .uid(board.uid)
        .description(board.about)
        .tags(["ticketstream"])
        .editable()
        .refresh("30s")
        .time("now-6h", "now")
        .with_variable(
            grafana.DatasourceVariable("datasource").label("Prometheus").type("prometheus")
        )
        .with_variable(
            grafana.QueryVariable("namespace")
            .label("Namespace")
            .datasource(_SOURCE)
            .query("label_values(ticketstream_stage_slots, namespace)")
            .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
            .include_all(True)
            .all_value(ALL_NAMESPACES)
            .multi(True)
            .current(VariableOption(selected=True, text="All", value="$__all"))
        )
    )
    numbers = itertools.count(1)
    for title, panels in board.rows:
        made = made.with_row(grafana.Row(title).id(next(numbers)))
        for panel in panels:
            made = made.with_panel(_graph(panel).id(next(numbers)))
    return JSONEncoder(sort_keys=True, indent=2).encode(made.build()) + "\n"


def _graph(panel: Panel) -> timeseries.Panel:
    graph = (
        timeseries.Panel()
        .title(panel.title)
        .description(panel.about)
        .unit(panel.unit)
        .min(0)
        .span(6)
        .height(8)
        .datasource(_SOURCE)
    )
    for letter, query in zip("ABC", panel.queries, strict=False):
        asked = prometheus.Dataquery().ref_id(letter).expr(query.asked)
        asked = asked.legend_format(query.legend)
        graph = graph.with_target(asked.datasource(_SOURCE))
    return graph


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for one in ALL:
        one.file.write_text(as_json(one))
