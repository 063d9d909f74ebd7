"""What an operator may set, and what happens when it is misspelt."""

from __future__ import annotations

import re

import pytest

from streams.errors import ConfigurationError
from streams.settings import Settings, read_settings


def test_a_setting_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    TICKETSTREAM_<FIELD> sets a field.
    """
    monkeypatch.setenv("TICKETSTREAM_KAFKA_BROKERS", "a:1")

    assert read_settings().kafka_brokers == "a:1"


def test_a_misspelt_name_is_an_error_that_names_the_nearest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """
    A setting that would silently do nothing stops the start.
    """
    monkeypatch.setenv("TICKETSTREAM_KAFKA_BROKER", "a:1")

    with pytest.raises(ConfigurationError, match="did you mean TICKETSTREAM_KAFKA_BROKERS"):
        read_settings()


def test_all_mistakes_are_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Misspelt names, values that do not fit and broken JSON are told in one start, each in a line.
    """
    for name, value in {
        "KAFKA_BROKER": "a:1",
        "CONCURENCY": "8",
        "PASSAGES": "many",
        "OPENAI_PARAMETERS": "{",
        "OPENAI_PRICES": '{"model": [1]}',
        "LINGER_MS": "-1",
    }.items():
        monkeypatch.setenv(f"TICKETSTREAM_{name}", value)

    with pytest.raises(ConfigurationError) as caught:
        read_settings()

    heading, *lines = str(caught.value).splitlines()
    assert heading == "settings: 6 mistakes"
    for line, said in zip(
        lines,
        (
            "CONCURENCY is not a setting; did you mean TICKETSTREAM_CONCURRENCY?",
            "KAFKA_BROKER is not a setting; did you mean TICKETSTREAM_KAFKA_BROKERS?",
            "PASSAGES: Input should be a valid integer",
            "OPENAI_PARAMETERS: is not the JSON that it must be",
            "OPENAI_PRICES: Tuple should have at least 2 items",
            "LINGER_MS: Input should be greater than or equal to 0",
        ),
        strict=True,
    ):
        assert line.startswith(f"  TICKETSTREAM_{said}")


def test_json_in_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Settings that are objects are given as JSON.
    """
    monkeypatch.setenv("TICKETSTREAM_OPENAI_PARAMETERS", '{"temperature": 0, "stop": ["a"]}')
    monkeypatch.setenv("TICKETSTREAM_OPENAI_PRICES", '{"model": [0.15, 0.6]}')

    assert read_settings().openai_parameters == {"temperature": 0, "stop": ["a"]}
    assert read_settings().openai_prices == {"model": (0.15, 0.6)}


def test_a_price_of_cached_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    It stands behind the two others, and is at most that of tokens in.
    """
    monkeypatch.setenv("TICKETSTREAM_OPENAI_PRICES", '{"m": [0.15, 0.6, 0.075], "n": [1, 2, 1]}')
    assert read_settings().openai_prices == {"m": (0.15, 0.6, 0.075), "n": (1, 2, 1)}

    for rates in ("[1, 2, 1.1]", "[1, 2, -1]", "[1, 2, 1, 1]", "[1, 2, null]"):
        monkeypatch.setenv("TICKETSTREAM_OPENAI_PRICES", f'{{"m": {rates}}}')
        with pytest.raises(ConfigurationError, match="TICKETSTREAM_OPENAI_PRICES"):
            read_settings()


def test_what_kubernetes_injects_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A Service called ticketstream does not stop the start.
    """
    injected = {
        "TICKETSTREAM_SERVICE_HOST": "10.0.0.1",
        "TICKETSTREAM_SERVICE_PORT_HTTP": "80",
        "TICKETSTREAM_PORT": "tcp://10.0.0.1:80",
        "TICKETSTREAM_PORT_80_TCP_ADDR": "10.0.0.1",
    }

    for name, value in injected.items():
        monkeypatch.setenv(name, value)

    assert read_settings() == Settings()


NUMBERS = [
    name
    for name, field in Settings.model_fields.items()
    if re.search(r"\b(int|float)\b", str(field.annotation)) and name != "openai_prices"
]
FROM_ZERO = {
    *("floor", "linger_ms", "loop_messages", "readback_hours", "remembered"),
    *("sidecar_http_port", "sidecar_internal_http_port", "worker_http_port"),
}
"""Numbers that may be 0."""


@pytest.mark.parametrize("given", ["inf", "-inf", "nan", "-1", "1e300", "9" * 5_000])
@pytest.mark.parametrize("name", NUMBERS)
def test_every_number_has_bounds(name: str, given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What no timer, port or broker takes is refused at the start, by the setting's name.
    """
    monkeypatch.setenv(f"TICKETSTREAM_{name.upper()}", given)

    with pytest.raises(ConfigurationError, match=f"TICKETSTREAM_{name.upper()}"):
        read_settings()


@pytest.mark.parametrize("name", NUMBERS)
def test_zero(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Nothing waits, or is taken, zero times by accident.
    """
    monkeypatch.setenv(f"TICKETSTREAM_{name.upper()}", "0")

    if name in FROM_ZERO:
        assert getattr(read_settings(), name) == 0
    else:
        with pytest.raises(ConfigurationError, match=f"TICKETSTREAM_{name.upper()}"):
            read_settings()


@pytest.mark.parametrize("price", ["NaN", "Infinity", "-1", "1e300"])
def test_prices_have_bounds(price: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A cost can be counted with every price.
    """
    monkeypatch.setenv("TICKETSTREAM_OPENAI_PRICES", f'{{"model": [0.1, {price}]}}')

    with pytest.raises(ConfigurationError, match="TICKETSTREAM_OPENAI_PRICES"):
        read_settings()


@pytest.mark.parametrize("given", ["[" * 100_000, "{", '{"a": ' + "9" * 5_000 + "}", '"\udc80"'])
def test_json_that_cannot_be_read(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A setting that must be JSON and is not is an error like any other.
    """
    monkeypatch.setenv("TICKETSTREAM_OPENAI_PARAMETERS", given)

    with pytest.raises(ConfigurationError, match="JSON"):
        read_settings()


@pytest.mark.parametrize("given", ['{"model": "CANARY"}', '{"a": NaN}', '{"a": [{"b": 1e999}]}'])
def test_parameters_that_cannot_be_sent(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What the client sets itself, and what is no JSON, is refused at the start, without its value.
    """
    monkeypatch.setenv("TICKETSTREAM_OPENAI_PARAMETERS", given)

    with pytest.raises(ConfigurationError, match=r"TICKETSTREAM_OPENAI_PARAMETERS: \w") as caught:
        read_settings()

    assert "CANARY" not in str(caught.value)


FILES = [name for name, field in Settings.model_fields.items() if "Path" in str(field.annotation)]


@pytest.mark.parametrize("name", FILES)
def test_an_empty_file_is_none(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A variable that is there and empty does not name the folder where the process runs.
    """
    monkeypatch.setenv(f"TICKETSTREAM_{name.upper()}", "")

    assert getattr(read_settings(), name) is None


def test_an_error_never_shows_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A password that ended up in the wrong variable does not end up in the log.
    """
    monkeypatch.setenv("TICKETSTREAM_CONCURRENCY", "hunter2")

    with pytest.raises(ConfigurationError) as caught:
        read_settings()

    assert "TICKETSTREAM_CONCURRENCY" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        *(("WEAVIATE_URL", url) for url in ("localhost:8080", "http://a:99999", "http://http://a")),
        *(("WEAVIATE_GRPC_URL", url) for url in ("a", "grpc://a:1", "http://a:b", "http://a/b")),
        *(("OPENAI_BASE_URL", url) for url in ("localhost:8000/v1", "http://http://a/v1", "/v1")),
        *(("OPENAI_BASE_URL", url) for url in ("http://a:99999/v1", "http://a:b", "http:///v1")),
        *(("OPENAI_BASE_URL", f"http://a/v1{more}") for more in ("?k=CANARY", "/?k=CANARY", "#c")),
        ("OPENAI_BASE_URL", "http://a/v1?api-version=2024-10-21&k=CANARY"),
        ("OPENAI_BASE_URL", "http://a/v1?api-version=CANARY%20"),
        *(("OPENAI_BASE_URL", url) for url in ("http://a?k=CANARY", "http://a/?k", "http://b?c@a")),
    ],
)
def test_an_address_in_another_form(name: str, given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    An address that cannot be one is a wrong setting, and the error shows the right form.
    """
    monkeypatch.setenv(f"TICKETSTREAM_{name}", given)

    with pytest.raises(
        ConfigurationError, match=f"TICKETSTREAM_{name}: is not http://host:port"
    ) as caught:
        read_settings()

    assert "CANARY" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        *("https://api.example/v1", "http://localhost:8000/v1", "http://[::1]:11434/v1"),
        *("http://user:pw@a:65535/v1", "https://a", "https://a/openai/deployments/x//y"),
        "https://a.openai.azure.com/openai/deployments/x?api-version=2024-10-21",
    ],
)
def test_an_address_of_a_model(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Any http(s) address with a path may serve a model.
    """
    monkeypatch.setenv("TICKETSTREAM_OPENAI_BASE_URL", url)

    assert read_settings().openai_base_url == url
