"""
Has spans recorded and sent to a collector, if OpenTelemetry's variables name one.

    OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT   on
    neither, OTEL_SDK_DISABLED=true or OTEL_TRACES_EXPORTER=none        off; nothing is loaded

All other variables of the SDK hold too (docs/run/traces.md). These are no settings of ours: a
platform gives them to all its services alike.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from streams import tracing
from streams.errors import ConfigurationError

_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
_TRACES = "OTEL_EXPORTER_OTLP_TRACES_"
_PROTOCOL = "http/protobuf"


@contextmanager
def traces_exported(part: str) -> Iterator[None]:
    """
    Record the spans of the block and send them, if the environment says so.

    Args:
        part: names the service `ticketstream-<part>`, unless OTEL_SERVICE_NAME does.

    Raises:
        ConfigurationError: A variable cannot be what it says.
    """
    if not is_wanted(os.environ):
        yield
        return
    check_variables(os.environ)
    from streams.service.span_recorder import SpanRecorder  # only here: loads in half a second

    tracing.record_with(SpanRecorder(f"ticketstream-{part}"))
    try:
        yield
    finally:
        tracing.stop_recording()


def is_wanted(variables: Mapping[str, str]) -> bool:
    """Return whether *variables* name a collector, and do not say that nothing is to be sent."""
    if _said(variables, "OTEL_SDK_DISABLED").lower() == "true":
        return False
    if _said(variables, "OTEL_TRACES_EXPORTER").lower() == "none":
        return False
    return bool(_said(variables, _TRACES + "ENDPOINT") or _said(variables, _ENDPOINT))


def check_variables(variables: Mapping[str, str]) -> None:
    """
    Return if the SDK can do as *variables* say. It would ignore, or log with their values, others.

    Raises:
        ConfigurationError: It cannot; which variable, and how it looks.
    """
    exporter = _said(variables, "OTEL_TRACES_EXPORTER")
    if exporter not in ("", "otlp"):
        raise ConfigurationError("OTEL_TRACES_EXPORTER is otlp or none: there is no other exporter")
    for name in (_TRACES + "PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"):
        if _said(variables, name) not in ("", _PROTOCOL):
            raise ConfigurationError(
                f"{name} is {_PROTOCOL}: give it, and the collector's port for HTTP, often 4318"
            )
    for name in (_TRACES + "ENDPOINT", _ENDPOINT):
        address = _said(variables, name)
        if address and not address.startswith(("http://", "https://")):
            raise ConfigurationError(f"{name} is no address: it looks like http://host:4318")
    for name in (_TRACES + "HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"):
        given = [one for one in _said(variables, name).split(",") if one.strip()]
        if not all("=" in one.strip()[1:] for one in given):
            raise ConfigurationError(f"{name} is no list of headers: it looks like name=value,...")


def _said(variables: Mapping[str, str], name: str) -> str:
    """Return a variable; one that is empty counts as not set, as OpenTelemetry has it."""
    return variables.get(name, "").strip()
