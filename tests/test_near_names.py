"""Which setting a misspelt name is taken for."""

from __future__ import annotations

import pytest

from streams.near_names import names_like
from streams.settings import Settings

KNOWN = [field.upper() for field in Settings.model_fields]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("SIDECAR_PORT", ["SIDECAR_HTTP_PORT"]),
        ("WORKER_PORT", ["WORKER_HTTP_PORT"]),
        ("PORT_WORKER", ["WORKER_HTTP_PORT"]),
        ("HTTP_PORT", ["SIDECAR_HTTP_PORT", "WORKER_HTTP_PORT"]),
        ("SIDECAR_HTTP_PROT", ["SIDECAR_HTTP_PORT"]),
        ("OPENAI_KEY", ["OPENAI_API_KEY"]),
        ("OPENAI_URL", ["OPENAI_BASE_URL"]),
        ("API_KEY", ["API_KEYS"]),
        ("KAFKA_USER", ["KAFKA_USERNAME"]),
        ("BROKERS", ["KAFKA_BROKERS"]),
        ("KAFKABROKERS", ["KAFKA_BROKERS"]),
        ("CONCURENCY", ["CONCURRENCY"]),
        ("FOO_BAR", []),
        ("TIMEOUT", []),
        ("", []),
    ],
)
def test_words_count_before_letters(name: str, meant: list[str]) -> None:
    """
    A setting is named by its words, so shared words tell more than letters in a row.
    """
    assert names_like(name, KNOWN) == meant


def test_of_many_alike_one_is_named() -> None:
    """
    A list of suggestions would be as good as none.
    """
    assert len(names_like("A_X", ["A_B", "A_C", "A_D", "A_E"])) == 1
    assert names_like("A", []) == []
