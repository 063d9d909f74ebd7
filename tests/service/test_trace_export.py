"""When spans are sent, and what OpenTelemetry's variables may say."""

from __future__ import annotations

import pytest

from streams import tracing
from streams.errors import ConfigurationError
from streams.service.trace_export import check_variables, is_wanted, traces_exported
from tests.support.otlp_collector import OtlpCollector

HERE = "http://collector:4318"
SECRET = "sk-canary"


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        ({"OTEL_SERVICE_NAME": "x"}, False),
        ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": HERE}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": HERE}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": HERE}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": HERE, "OTEL_SDK_DISABLED": "TRUE"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": HERE, "OTEL_TRACES_EXPORTER": "none"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": HERE, "OTEL_TRACES_EXPORTER": "otlp"}, True),
    ],
)
def test_off_unless_a_collector_is_named(variables: dict[str, str], wanted: bool) -> None:
    """
    Spans are sent if an address for them is set, and not switched off as OpenTelemetry says.
    """
    assert is_wanted(variables) is wanted


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", f"collector:4318/{SECRET}"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"grpc://{SECRET}"),
        ("OTEL_EXPORTER_OTLP_HEADERS", f"Bearer {SECRET}"),
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", f"a=b,={SECRET}"),
    ],
)
def test_what_cannot_be_is_said(name: str, value: str) -> None:
    """
    A variable that the SDK would ignore, or log with its value, ends the start. It is named.
    """
    with pytest.raises(ConfigurationError, match=name) as error:
        check_variables({"OTEL_EXPORTER_OTLP_ENDPOINT": HERE, name: value})

    assert SECRET not in str(error.value)


def test_what_can_be() -> None:
    """
    Empty variables count as not set.
    """
    check_variables(
        {
            "OTEL_EXPORTER_OTLP_ENDPOINT": "https://collector",
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "",
            "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20x, b=c=d,",
        }
    )


def test_the_last_spans_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    When the block ends, the collector has all spans, with the headers that it wants.
    """
    with OtlpCollector() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=abc")
        with traces_exported("worker"):
            for _ in range(1000):
                with tracing.span("a", "consumer", {}):
                    pass
        assert len(collector.spans) == 1000
        assert {headers["x-api-key"] for headers in collector.headers} == {"abc"}
    assert not tracing.is_recorded()
