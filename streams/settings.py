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

    environment: str = Field(
        "development", description="name of this installation, shown in health and logs"
    )

    # Kafka
    kafka_brokers: str = Field(
        "localhost:9092", description="host:port of the brokers, separated by commas"
    )
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="protocol of the connection to the brokers"
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="SASL mechanism; used with SASL_PLAINTEXT and SASL_SSL"
    )
    kafka_username: str = Field("", description="user; for SASL_PLAINTEXT and SASL_SSL only")
    kafka_password: SecretStr = Field(SecretStr(""), description="password of kafka_username")
    kafka_ca_file: Path | None = Field(
        None,
        description="PEM file of the authorities that sign the brokers' certificates; by default"
        " the machine's",
    )
    topic_prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{0,64}$")] = Field(
        "", description="prefix of the name of every topic and consumer group"
    )
    replication: Annotated[int, Field(ge=1, le=7)] | None = Field(
        None,
        description="replicas of the topics that `topics` creates; by default 3 if there are"
        " three brokers, else 1",
    )

    # Stages
    taxonomy_file: Path | None = Field(
        None, description="YAML file with the taxonomy; by default the one included"
    )
    policy_file: Path | None = Field(
        None, description="YAML file with the policy; by default the one included"
    )
    knowledge: Literal["embedded", "weaviate"] = Field(
        "embedded",
        description="knowledge base that retrieval searches; embedded: in each process's memory",
    )
    weaviate_url: Annotated[str, Field(pattern=_ADDRESS)] = Field(
        "http://localhost:8080",
        description="Weaviate's address: http:// or https://, host and port",
    )
    weaviate_grpc_url: Annotated[str, Field(pattern=_ADDRESS)] | None = Field(
        None,
        description="Weaviate's address for gRPC; by default port 50051 of weaviate_url's host",
    )
    weaviate_api_key: SecretStr | None = Field(
        None, description="Weaviate's API key; without it, access is anonymous"
    )
    passages: Annotated[int, Field(ge=1, le=20)] = Field(
        5, description="passages for one draft, at most"
    )
    floor: Annotated[float, Field(ge=0, le=1)] | None = Field(
        None,
        description="score below which a passage is no evidence; by default the built-in one",
    )

    # Language model
    llm: Literal["openai", "embedded"] = Field(
        "embedded",
        description="what triages and drafts; openai is any server that speaks OpenAI's API",
    )
    openai_base_url: Annotated[str, Field(pattern=r"^https?://[^\s/]+(/\S*)?$")] = Field(
        "https://api.openai.com/v1", description="address of the server, up to and including /v1"
    )
    openai_api_key: SecretStr = Field(SecretStr(""), description="API key; local servers need none")
    openai_api_key_file: Path | None = Field(
        None,
        description="file with the API key, read again when it changes; goes before openai_api_key",
    )
    openai_model: str = Field("", description="name of the model, as the server knows it")
    openai_parameters: dict[str, Any] = Field(
        {}, description='JSON; parameters sent with every call, such as {"temperature": 0}'
    )
    openai_prices: dict[str, tuple[Price, Price]] = Field(
        {}, description='JSON; dollars for a million tokens in and out, {"model": [0.15, 0.6]}'
    )
    llm_call_seconds: Seconds = Field(20.0, description="seconds after which one call is given up")
    on_outage: OnOutage = Field(
        "degrade",
        description="what a stage does while its backend is away: degrade to the embedded one, or"
        " hold tickets",
    )

    # Delivery
    concurrency: Annotated[int, Field(ge=1, le=10_000)] = Field(
        64, description="tickets that a stage works on at the same time, per worker"
    )
    window: Annotated[int, Field(ge=1, le=100_000)] = Field(
        256,
        description="tickets that a stage holds; messages that wait for an earlier one of their"
        " ticket come on top, up to 1,000 a partition",
    )
    remembered: Annotated[int, Field(ge=0, le=100_000)] = Field(
        1_000,
        description="results per partition that a stage remembers; a message that has one of them"
        " is a duplicate and is skipped",
    )
    stage_seconds: Seconds = Field(60.0, description="seconds that a stage may spend on one ticket")
    fault_limit: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        100,
        description="tickets in a row that may fail by a stage's own fault; after them the stage"
        " waits, or it would make dead letters of everything",
    )
    grace_seconds: Seconds = Field(
        20.0,
        description="seconds for work in flight to finish, on SIGTERM and when partitions are"
        " revoked",
    )
    fetch_wait_ms: Annotated[int, Field(ge=1, le=10_000)] = Field(
        20, description="milliseconds that a broker may wait for messages before it answers a fetch"
    )
    linger_ms: Annotated[int, Field(ge=0, le=10_000)] = Field(
        25, description="milliseconds that a result may wait to be sent in a batch with others"
    )
    session_seconds: Annotated[float, Field(ge=6, le=1_800)] = Field(
        30.0, description="seconds after which a killed worker loses its partitions to others"
    )
    instance_id: Annotated[str, Field(pattern=r"^([A-Za-z0-9_-][A-Za-z0-9._-]{0,199})?$")] = Field(
        "",
        description="name of a worker that stays the same after a restart, such as its"
        " StatefulSet pod's: the worker then gets its partitions back",
    )
    max_ticket_age_hours: Annotated[float, Field(gt=0, le=_MOST_HOURS)] | None = Field(
        None,
        description="hours after which a ticket becomes a dead letter `expired`; by default none"
        " does",
    )

    # Addresses
    worker_host: str = Field(
        "127.0.0.1", description="address on which a worker serves probes and metrics"
    )
    worker_http_port: Annotated[int, Field(ge=0, le=65_535)] = Field(
        8081, description="port on which it does; 0 takes any free one"
    )
    sidecar_host: str = Field("127.0.0.1", description="address on which the sidecar listens")
    sidecar_http_port: Annotated[int, Field(ge=0, le=65_535)] = Field(
        8080, description="port on which it does; 0 takes any free one"
    )
    sidecar_connections: Annotated[int, Field(ge=1, le=100_000)] = Field(
        800,
        description="HTTP connections at the same time; a new one ends the longest idle, or gets"
        " 503 if none has waited a second",
    )
    process_calls: Annotated[int, Field(ge=1, le=100_000)] = Field(
        400, description="HTTP process calls that may wait at the same time; one more gets 503"
    )
    cors_origins: str = Field(
        "",
        description="origins whose pages may call the sidecar, separated by commas, such as"
        " https://a.example; * for all",
    )
    api_keys: SecretStr = Field(
        SecretStr(""),
        description="name:SHA-256:tenant, separated by commas; * for all tenants; without keys"
        " everybody may call",
    )
    api_keys_file: Path | None = Field(
        None,
        description="file with one key a line, read again when it changes; goes before api_keys",
    )
    process_seconds: Seconds = Field(
        60.0, description="seconds that an HTTP process call waits before it answers 504"
    )
    readback_hours: Annotated[float, Field(ge=0, le=_MOST_HOURS)] = Field(
        6.0, description="hours of tickets and results that a sidecar reads back at its start"
    )

    # Logs
    log_format: Literal["auto", "json", "console"] = Field(
        "auto", description="form of the logs; auto: console on a terminal, json elsewhere"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="lowest level that is logged"
    )

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
