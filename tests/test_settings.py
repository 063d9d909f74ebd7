"""What an operator may set, and what happens when it is misspelt."""

from __future__ import annotations

import pytest

from streams.errors import ConfigurationError
from streams.settings import Settings, read


def test_a_setting_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    TICKETSTREAM_<FIELD> sets a field.
    """
    monkeypatch.setenv("TICKETSTREAM_KAFKA_BROKERS", "a:1")

    assert read().kafka_brokers == "a:1"


def test_a_misspelt_name_is_an_error_that_names_the_nearest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """
    A setting that would silently do nothing stops the start.
    """
    monkeypatch.setenv("TICKETSTREAM_KAFKA_BROKER", "a:1")

    with pytest.raises(ConfigurationError, match="did you mean TICKETSTREAM_KAFKA_BROKERS"):
        read()


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

    assert read() == Settings()


def test_an_error_never_shows_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A password that ended up in the wrong variable does not end up in the log.
    """
    monkeypatch.setenv("TICKETSTREAM_CONCURRENCY", "hunter2")

    with pytest.raises(ConfigurationError) as caught:
        read()

    assert "concurrency" in str(caught.value)
    assert "hunter2" not in str(caught.value)
