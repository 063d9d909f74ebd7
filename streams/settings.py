"""
Every setting, once. `TICKETSTREAM_<FIELD>` in the environment sets a field.

A misspelt name is an error that names the nearest one. What Kubernetes injects for a
Service called `ticketstream` (`TICKETSTREAM_SERVICE_HOST`, `TICKETSTREAM_PORT_...`) is
ignored, so no field is called `port` or begins with `service` or `port_`.
"""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from streams.errors import ConfigurationError
from streams.ports import OnOutage

PREFIX = "TICKETSTREAM_"
_FROM_KUBERNETES = re.compile(r"^TICKETSTREAM_(SERVICE_(HOST|PORT)|PORT)(_|$)")

_ADDRESS = r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/?$"

Seconds = Annotated[float, Field(gt=0, le=86_400)]
"""More than a day is a slip, and more than Kafka and timers take."""
Price = Annotated[float, Field(ge=0, le=1_000_000)]
_MOST_HOURS = 87_600
"""Ten years."""


class Settings(BaseSettings):
    """What an operator may set. Read once at the start, by `read`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    environment: str = Field("development", description="shown in health and logs")

    # Kafka
    kafka_brokers: str = Field("localhost:9092", description="host:port, several by comma")
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="how to talk to the brokers"
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="used with SASL_PLAINTEXT and SASL_SSL"
    )
    kafka_username: str = Field("", description="used with SASL_PLAINTEXT and SASL_SSL")
    kafka_password: SecretStr = Field(SecretStr(""), description="belongs to kafka_username")
    kafka_ca_file: Path | None = Field(
        None, description="PEM file that the brokers' certificates are checked against"
    )
    topic_prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{0,64}$")] = Field(
        "", description="goes before the name of every topic and consumer group"
    )
    replication: Annotated[int, Field(ge=1, le=7)] | None = Field(
        None, description="of topics that `topics` creates; 3 where there are three brokers, else 1"
    )

    # Stages
    taxonomy_file: Path | None = Field(None, description="YAML; by default the one included")
    policy_file: Path | None = Field(None, description="YAML; by default the one included")
    knowledge: Literal["embedded", "weaviate"] = Field(
        "embedded", description="where retrieval searches; embedded: in each process's memory"
    )
    weaviate_url: Annotated[str, Field(pattern=_ADDRESS)] = Field(
        "http://localhost:8080", description="http:// or https://, host and port"
    )
    weaviate_grpc_url: Annotated[str, Field(pattern=_ADDRESS)] | None = Field(
        None, description="the same for gRPC; by default port 50051 of weaviate_url's host"
    )
    weaviate_api_key: SecretStr | None = Field(None, description="without it, anonymous access")
    passages: Annotated[int, Field(ge=1, le=20)] = Field(5, description="most for one draft")
    floor: Annotated[float, Field(ge=0, le=1)] | None = Field(
        None, description="score below which a passage is no evidence; by default the backend's"
    )

    # Language model
    llm: Literal["openai", "embedded"] = Field(
        "embedded", description="what triages and drafts; openai is any server that speaks its API"
    )
    openai_base_url: Annotated[str, Field(pattern=r"^https?://[^\s/]+(/\S*)?$")] = Field(
        "https://api.openai.com/v1", description="of the server, up to and including /v1"
    )
    openai_api_key: SecretStr = Field(SecretStr(""), description="not needed by local servers")
    openai_api_key_file: Path | None = Field(
        None, description="file with the key, read again when it changes; goes before the key"
    )
    openai_model: str = Field("", description="name of the model, as the server knows it")
    openai_parameters: dict[str, Any] = Field(
        {}, description='JSON; sent along with every call, such as {"temperature": 0}'
    )
    openai_prices: dict[str, tuple[Price, Price]] = Field(
        {}, description='JSON; dollars a million tokens in and out, {"model": [0.15, 0.6]}'
    )
    llm_call_seconds: Seconds = Field(20.0, description="after which one call is given up")
    on_outage: OnOutage = Field(
        "degrade",
        description="what a stage does when its backend is away: the embedded one's work, or wait",
    )

    # Delivery
    concurrency: Annotated[int, Field(ge=1, le=10_000)] = Field(
        64, description="tickets that a stage works on at the same time, per worker"
    )
    window: Annotated[int, Field(ge=1, le=100_000)] = Field(
        256,
        description="tickets that a stage holds; what waits for an earlier message of its ticket"
        " comes on top, up to 1,000 a partition",
    )
    remembered: Annotated[int, Field(ge=0, le=100_000)] = Field(
        1_000,
        description="results per partition that a stage remembers, so that a repeat of what they"
        " were made of is not processed again",
    )
    stage_seconds: Seconds = Field(60.0, description="a stage's budget for one ticket")
    fault_limit: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        100,
        description="tickets in a row that fail by a stage's own fault and become dead letters;"
        " after them the stage waits, because it would make a dead letter of everything",
    )
    grace_seconds: Seconds = Field(
        20.0, description="that work in flight gets on SIGTERM and when partitions are revoked"
    )
    fetch_wait_ms: Annotated[int, Field(ge=1, le=10_000)] = Field(
        20, description="that a broker may wait for news before it answers a stage's fetch"
    )
    linger_ms: Annotated[int, Field(ge=0, le=10_000)] = Field(
        25, description="that a stage's result waits for others, while others come"
    )
    session_seconds: Annotated[float, Field(ge=6, le=1_800)] = Field(
        30.0, description="after which a worker that was killed loses its partitions to others"
    )
    instance_id: Annotated[str, Field(pattern=r"^([A-Za-z0-9_-][A-Za-z0-9._-]{0,199})?$")] = Field(
        "",
        description="a worker's own name, the same after a restart, such as its StatefulSet pod's:"
        " it then gets its partitions back, and others work on meanwhile",
    )
    max_ticket_age_hours: Annotated[float, Field(gt=0, le=_MOST_HOURS)] | None = Field(
        None, description="an older ticket becomes a dead letter `expired`; by default none does"
    )

    # Addresses
    worker_host: str = Field("127.0.0.1", description="where a worker serves probes and metrics")
    worker_http_port: Annotated[int, Field(ge=0, le=65_535)] = Field(
        8081, description="0 takes any free one"
    )
    sidecar_host: str = Field("127.0.0.1", description="where the sidecar listens")
    sidecar_http_port: Annotated[int, Field(ge=0, le=65_535)] = Field(
        8080, description="0 takes any free one"
    )
    sidecar_connections: Annotated[int, Field(ge=1, le=100_000)] = Field(
        800,
        description="HTTP connections at the same time; a new one ends the longest idle, or gets"
        " 503 if none has waited a second",
    )
    process_calls: Annotated[int, Field(ge=1, le=100_000)] = Field(
        400, description="HTTP process calls that wait at the same time; another one gets 503"
    )
    cors_origins: str = Field(
        "", description="whose pages may call the sidecar: https://a.example, by comma, or *"
    )
    api_keys: SecretStr = Field(
        SecretStr(""),
        description="name:SHA-256:tenant by comma, * for all tenants; without keys all may call",
    )
    api_keys_file: Path | None = Field(
        None, description="file with one a line, read again when it changes; goes before api_keys"
    )
    process_seconds: Seconds = Field(
        60.0, description="that the HTTP process call waits before it answers 504"
    )
    readback_hours: Annotated[float, Field(ge=0, le=_MOST_HOURS)] = Field(
        6.0, description="of tickets and results that a sidecar reads back at its start"
    )

    # Logs
    log_format: Literal["auto", "json", "console"] = Field(
        "auto", description="auto: console on a terminal, json elsewhere"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="lowest")

    @property
    def backend_seconds(self) -> float:
        """Return a stage's budget but for a tenth, which is for the backend to fall back to."""
        return 0.9 * self.stage_seconds


def read() -> Settings:
    """
    Return the settings that the environment gives.

    Raises:
        ConfigurationError: A name is not a setting's, or a value does not fit.
    """
    known = {PREFIX + field.upper() for field in Settings.model_fields}
    for name in os.environ:
        if name.startswith(PREFIX) and name not in known and not _FROM_KUBERNETES.match(name):
            raise ConfigurationError(f"{name} is not a setting{_nearest(name, known)}")
    try:
        return Settings()
    except ValidationError as error:
        raise ConfigurationError(_at_fault(error)) from None
    except (SettingsError, RecursionError):
        raise ConfigurationError("settings: a value is not the JSON that it must be") from None


def _at_fault(error: ValidationError) -> str:
    """Return the variables that are wrong, each with its reason."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{PREFIX}{str(e['loc'][0]).upper()}: {e['msg']}" for e in found)


def _nearest(name: str, known: set[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return (
        f"; did you mean {near[0]}?"
        if near
        else "; unset it, and `ticketstream check` lists them all"
    )
