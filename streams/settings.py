"""
Every setting, once. `TICKETSTREAM_<FIELD>` in the environment sets a field.

A misspelt name is an error that names the nearest one. All mistakes are said at once. What
Kubernetes injects for a Service called `ticketstream` (`TICKETSTREAM_SERVICE_HOST`,
`TICKETSTREAM_PORT_...`) is ignored, so no field is called `port` or begins with `service` or
`port_`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_core import PydanticCustomError, from_json
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from streams.errors import ConfigurationError
from streams.model_parameters import usable
from streams.near_names import names_like
from streams.ports import OnOutage

PREFIX = "TICKETSTREAM_"
_FROM_KUBERNETES = re.compile(r"^TICKETSTREAM_(SERVICE_(HOST|PORT)|PORT)(_|$)")

_PORT = "(:([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?"
_ADDRESS = rf"^https?://[A-Za-z0-9.-]+{_PORT}/?$"
_BASE_ADDRESS = (
    rf"^https?://([^\s/@?#]+@)?([^\s/:@?#\[\]]+|\[[0-9A-Fa-f:.]+\]){_PORT}"
    r"(/([^\s/?#][^\s?#]*)?)?(\?api-version=[0-9A-Za-z.-]{1,40})?$"
)
"""With no query but Azure's: another may hold a secret, which addresses are not masked for."""
_FORMS = {
    _ADDRESS: "is not http://host:port or https://host:port",
    _BASE_ADDRESS: "is not http://host:port/v1 or https://host/v1, without a query but Azure's"
    " ?api-version=...",
}
"""What is said of a value that does not fit a pattern, if that is plainer than the pattern."""

_TOKEN_URL = r"^(https?://[^\s/@?#]+(/[^\s@#]*)?)?$"  # noqa: S105  # an address
"""Without a user and password, which belong into settings that are secret."""

PositiveSeconds = Annotated[float, Field(gt=0, le=86_400)]
"""More than a day is a slip, and more than Kafka and timers take."""
Price = Annotated[float, Field(ge=0, le=1_000_000)]
_MOST_HOURS = 87_600
"""Ten years."""


def _from_json(given: object) -> object:
    if not isinstance(given, str):
        return given
    try:
        return from_json(given)
    except (TypeError, ValueError):  # TypeError: of what is not UTF-8
        raise PydanticCustomError("json", "is not the JSON that it must be") from None


def _given(path: object) -> object:
    return None if path == "" else path


Parameters = Annotated[
    dict[str, Any], NoDecode, BeforeValidator(_from_json), AfterValidator(usable)
]


def _with_cheaper_cache(rates: tuple[float, ...]) -> tuple[float, ...]:
    if rates[2:] > rates[:1]:
        raise PydanticCustomError(
            "rates", "the third is more than the first: cached tokens are less"
        )
    return rates


Rates = Annotated[
    tuple[Price, ...], Field(min_length=2, max_length=3), AfterValidator(_with_cheaper_cache)
]
Prices = Annotated[dict[str, Rates], NoDecode, BeforeValidator(_from_json)]
Drafts = Literal["auto", "pointed", "written", "embedded"]
File = Annotated[Path | None, BeforeValidator(_given)]
"""Empty is not set, as with settings that are text."""


class Settings(BaseSettings):
    """The settings of an operator. A process reads them once, at its start, by `read_settings`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    environment: str = Field(
        "development", description="name of this installation, shown in health and logs"
    )

    # Kafka
    kafka_brokers: str = Field(
        "localhost:9092", description="addresses of the brokers, host:port, several by comma"
    )
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="how to connect to the brokers"
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] = Field(
        "SCRAM-SHA-512", description="login with SASL_PLAINTEXT and SASL_SSL"
    )
    kafka_username: str = Field("", description="user for PLAIN and SCRAM")
    kafka_password: SecretStr = Field(SecretStr(""), description="password of kafka_username")
    kafka_password_file: File = Field(
        None,
        description="file with the password, read again when it changes; preferred to"
        " kafka_password",
    )
    kafka_ca_file: File = Field(
        None,
        description="PEM file of the authority that signed the brokers' certificates; by default"
        " the machine's authorities count",
    )
    kafka_certificate_file: File = Field(
        None,
        description="PEM file of our own certificate and those that lead to its authority, for"
        " mutual TLS; read again when it changes",
    )
    kafka_key_file: File = Field(
        None,
        description="PEM file of our certificate's key; by default it is in kafka_certificate_file",
    )
    kafka_key_password: SecretStr = Field(
        SecretStr(""), description="password of the key, if it is encrypted"
    )
    kafka_key_password_file: File = Field(
        None, description="file with that password; preferred to kafka_key_password"
    )
    kafka_oauth_token_url: Annotated[str, Field(pattern=_TOKEN_URL)] = Field(
        "",
        description="where OAUTHBEARER gets its tokens: an OAuth 2.0 endpoint that takes client"
        " credentials",
    )
    kafka_oauth_ca_file: File = Field(
        None,
        description="PEM file of the authority that signed that endpoint's certificate; by default"
        " the machine's authorities count",
    )
    kafka_oauth_client_id: str = Field("", description="client for OAUTHBEARER")
    kafka_oauth_client_secret: SecretStr = Field(
        SecretStr(""), description="secret of kafka_oauth_client_id"
    )
    kafka_oauth_client_secret_file: File = Field(
        None,
        description="file with that secret, read again when it changes; preferred to"
        " kafka_oauth_client_secret",
    )
    kafka_oauth_scope: str = Field(
        "", description="scopes that are asked for with a token, by blanks; many servers need none"
    )
    topic_prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{0,64}$")] = Field(
        "", description="put before the name of every topic and consumer group"
    )
    replication: Annotated[int, Field(ge=1, le=7)] | None = Field(
        None,
        description="copies of each topic that `topics` creates; by default 3 where there are three"
        " brokers, else 1",
    )
    partitions: Annotated[int, Field(ge=1, le=10_000)] | None = Field(
        None,
        description="partitions of each topic of tickets that `topics` creates; by default 12."
        " Existing topics keep theirs",
    )

    # Stages
    taxonomy_file: File = Field(None, description="YAML file; by default the included one")
    policy_file: File = Field(None, description="YAML file; by default the included one")
    voice_file: File = Field(
        None,
        description="YAML file with the phrases of drafts, by language and brand; by default the"
        " included one",
    )
    triage_prompt_file: File = Field(
        None,
        description="Markdown file with what a language model is told in triage; by default the"
        " included one",
    )
    pointing_prompt_file: File = Field(
        None,
        description="Markdown file with what a language model is told that points at lines, in"
        " drafting; by default the included one",
    )
    drafting_prompt_file: File = Field(
        None,
        description="Markdown file with what a language model is told that writes prose, in"
        " drafting; by default the included one",
    )
    knowledge: Literal["embedded", "weaviate"] = Field(
        "embedded", description="where retrieval searches; embedded is the memory of each process"
    )
    weaviate_url: Annotated[str, Field(pattern=_ADDRESS)] = Field(
        "http://localhost:8080",
        description="address of Weaviate: http:// or https://, host and port",
    )
    weaviate_grpc_url: Annotated[str, Field(pattern=_ADDRESS)] | None = Field(
        None, description="address for gRPC; by default port 50051 of weaviate_url's host"
    )
    weaviate_api_key: SecretStr | None = Field(
        None, description="key for Weaviate; without one access is anonymous"
    )
    weaviate_api_key_file: File = Field(
        None,
        description="file with the key, read again when it changes; preferred to weaviate_api_key",
    )
    weaviate_ca_file: File = Field(
        None,
        description="PEM file of the authority that signed Weaviate's certificates, read again when"
        " it changes; by default public authorities count",
    )
    passages: Annotated[int, Field(ge=1, le=20)] = Field(
        5, description="passages for one draft, at most"
    )
    floor: Annotated[float, Field(ge=0, le=1)] | None = Field(
        None, description="score from which a passage is evidence; by default the backend's"
    )

    # Language model
    llm: Literal["openai", "embedded"] = Field(
        "embedded",
        description="what triages and drafts; openai is any server that speaks the OpenAI API",
    )
    drafts: Drafts = Field(
        "auto",
        description="how a language model drafts: pointed (it chooses lines of articles), written"
        " (prose), embedded (it does not, and lines are chosen by score), auto (pointed if it"
        " passes the exam of pointing, else embedded)",
    )
    openai_base_url: Annotated[str, Field(pattern=_BASE_ADDRESS)] = Field(
        "https://api.openai.com/v1",
        description="address of the server, up to and including /v1; a classic one of Azure ends"
        " with ?api-version=...",
    )
    openai_api_key: SecretStr = Field(
        SecretStr(""), description="key for the server; local servers need none"
    )
    openai_api_key_file: File = Field(
        None,
        description="file with the key, read again when it changes; preferred to openai_api_key",
    )
    openai_ca_file: File = Field(
        None,
        description="PEM file of the authority that signed the server's certificate, read again"
        " when it changes; by default public authorities count",
    )
    openai_model: str = Field("", description="name of the model on that server")
    openai_parameters: Parameters = Field(
        {}, description='JSON object sent with every call, such as {"temperature": 0}'
    )
    openai_prices: Prices = Field(
        {},
        description="JSON object of dollars per million tokens in and out, and, if it is another"
        ' price, for tokens in that the server had in its cache: {"model": [0.15, 0.6, 0.075]}',
    )
    daily_dollars: Annotated[float, Field(gt=0, le=1_000_000)] | None = Field(
        None,
        description="dollars that all workers together may spend on the model in a day (UTC); then"
        " tickets go on without it, marked; by default there is no limit",
    )
    ticket_dollars: Annotated[float, Field(gt=0, le=1_000_000)] | None = Field(
        None,
        description="dollars that the calls for one ticket may cost; then it goes on without the"
        " model, marked; by default there is no limit",
    )
    llm_call_seconds: PositiveSeconds = Field(
        20.0, description="time limit of one call to the model"
    )
    on_outage: OnOutage = Field(
        "degrade",
        description="when a backend is away: use the embedded one and mark the result, or wait",
    )

    # Delivery
    concurrency: Annotated[int, Field(ge=1, le=10_000)] = Field(
        64, description="tickets that a stage works on at the same time, per worker"
    )
    window: Annotated[int, Field(ge=1, le=100_000)] = Field(
        256,
        description="tickets that a stage holds, per worker; up to 1,000 more a partition may wait "
        "for an earlier message of their ticket",
    )
    remembered: Annotated[int, Field(ge=0, le=100_000)] = Field(
        1_000,
        description="results per partition that a stage remembers, to skip duplicates",
    )
    stage_seconds: PositiveSeconds = Field(60.0, description="time limit of a stage for one ticket")
    fault_limit: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        100,
        description="tickets in a row that may become dead letters by a fault of the stage itself; "
        "after them the stage waits",
    )
    grace_seconds: PositiveSeconds = Field(
        20.0, description="time for work in flight after SIGTERM, and when partitions are revoked"
    )
    fetch_wait_ms: Annotated[int, Field(ge=1, le=10_000)] = Field(
        20, description="milliseconds that a broker may wait for messages before it answers a fetch"
    )
    linger_ms: Annotated[int, Field(ge=0, le=10_000)] = Field(
        25, description="milliseconds that a result may wait to be sent in a batch with others"
    )
    session_seconds: Annotated[float, Field(ge=6, le=1_800)] = Field(
        30.0, description="time after which others get the partitions of a worker that was killed"
    )
    instance_id: Annotated[str, Field(pattern=r"^([A-Za-z0-9_-][A-Za-z0-9._-]{0,199})?$")] = Field(
        "",
        description="name of a worker that stays the same after a restart, such as its StatefulSet "
        "pod's; the worker then gets its partitions back",
    )
    loop_messages: Annotated[int, Field(ge=0, le=1_000)] = Field(
        5,
        description="messages of one ticket that are processed within loop_minutes; more are a mail"
        " loop and wait; 0 is no limit",
    )
    loop_minutes: Annotated[float, Field(gt=0, le=1_440)] = Field(
        10.0, description="minutes in which more than loop_messages of one ticket are a mail loop"
    )
    max_ticket_age_hours: Annotated[float, Field(gt=0, le=_MOST_HOURS)] | None = Field(
        None, description="older tickets become dead letters `expired`; by default none do"
    )

    # Addresses
    worker_host: str = Field(
        "127.0.0.1", description="address where a worker serves probes and metrics"
    )
    worker_http_port: Annotated[int, Field(ge=0, le=65_535)] = Field(
        8081, description="port of a worker's probes and metrics; 0 takes a free one"
    )
    sidecar_host: str = Field("127.0.0.1", description="address where the sidecar listens")
    sidecar_http_port: Annotated[int, Field(ge=0, le=65_535)] = Field(
        8080, description="port of the sidecar; 0 takes a free one"
    )
    sidecar_internal_http_port: Annotated[int, Field(ge=0, le=65_535)] | Literal["off"] | None = (
        Field(
            None,
            description="second port, for operators: only it serves /metrics, /docs and"
            " /openapi.json, and it serves the API as well; `off` turns these three off; by default"
            " there is no second port",
        )
    )
    sidecar_certificate_file: File = Field(
        None,
        description="PEM file with the sidecar's certificate, followed by the intermediate ones;"
        " with it, both ports speak TLS only; read again when it changes",
    )
    sidecar_key_file: File = Field(
        None,
        description="PEM file of that certificate's key, not encrypted; by default it is in"
        " sidecar_certificate_file",
    )
    sidecar_rate_limit: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        None,
        description="calls of /api/ that each caller may make in a minute, after which it gets 429;"
        " callers are told apart by their API key, or by their address where there are no keys; by"
        " default there is no limit",
    )
    sidecar_connections: Annotated[int, Field(ge=1, le=100_000)] = Field(
        800,
        description="open HTTP connections, at most; a new one replaces one that was idle for a "
        "second, or gets 503",
    )
    process_calls: Annotated[int, Field(ge=1, le=100_000)] = Field(
        400, description="process calls that wait at the same time; one more gets 503"
    )
    cors_origins: str = Field(
        "",
        description="origins whose pages may call the sidecar: https://a.example, by comma, or *",
    )
    api_keys: SecretStr = Field(
        SecretStr(""),
        description="name:SHA-256:tenant by comma, * for all tenants;"
        " without keys anybody may call",
    )
    api_keys_file: File = Field(
        None,
        description="file with a key in each line, read when it changes; preferred to api_keys",
    )
    process_seconds: PositiveSeconds = Field(
        60.0, description="time after which a process call that waits gets 504"
    )
    readback_hours: Annotated[float, Field(ge=0, le=_MOST_HOURS)] = Field(
        6.0, description="hours of tickets and results that a sidecar reads back at its start"
    )

    # Logs
    log_format: Literal["auto", "json", "console"] = Field(
        "auto", description="auto is console on a terminal, json elsewhere"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="lowest level that is logged"
    )

    @property
    def backend_seconds(self) -> float:
        """Return a stage's budget but for a tenth, which is for the backend to fall back to."""
        return 0.9 * self.stage_seconds


def read_settings() -> Settings:
    """
    Return the settings that the environment gives.

    Raises:
        ConfigurationError: Names are not settings', or values do not fit; all of them are named.
    """
    wrong = list(_unknown())
    try:
        settings = Settings()
    except ValidationError as error:
        wrong += _unfit(error)
    if len(wrong) > 1:
        raise ConfigurationError("\n  ".join([f"settings: {len(wrong)} mistakes", *wrong]))
    if wrong:
        raise ConfigurationError(wrong[0])
    return settings


def _unknown() -> Iterator[str]:
    """Yield what is wrong with each name that looks like a setting's and is none."""
    known = {PREFIX + field.upper() for field in Settings.model_fields}
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in known and not _FROM_KUBERNETES.match(name):
            yield f"{name} is not a setting{_nearest(name, known)}"


def _unfit(error: ValidationError) -> Iterator[str]:
    """Yield the variables whose values do not fit, each with its reason."""
    for one in error.errors(include_url=False, include_input=False):
        reason = _FORMS.get(one.get("ctx", {}).get("pattern", ""), one["msg"])
        yield f"{PREFIX}{str(one['loc'][0]).upper()}: {reason}"


def _nearest(name: str, known: set[str]) -> str:
    fields = [one.removeprefix(PREFIX) for one in known]
    if near := names_like(name.removeprefix(PREFIX), fields):
        return f"; did you mean {' or '.join(PREFIX + one for one in near)}?"
    return "; unset it, and `ticketstream check` lists them all"
