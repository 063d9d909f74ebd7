"""What metrics say of calls."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest
from prometheus_client import REGISTRY

from schemas.topics import BY_MODEL
from streams.backends.openai.call_metrics import OUTCOMES
from streams.backends.openai.model import LanguageModel
from streams.errors import TicketError
from tests.backends.openai.asking import asked
from tests.support.documents import ROOT
from tests.support.figures_of import counted
from tests.support.llm import LlmServer, Say
from tests.support.llm_says import Call, Dialect, Reply

Make = Callable[..., LanguageModel]
OTHER = "model-of-the-server"
PAGE = ROOT / "docs" / "run" / "metrics.md"


async def test_all_is_there_before_the_first_call(make: Make) -> None:
    """
    So the first call, its first failure, token or dollar is a rise, and no series that begins.
    """
    make(openai_model="unasked-model")
    for stage in BY_MODEL:
        of = {"stage": stage, "model": "unasked-model"}
        series = [
            ("ticketstream_llm_cost_dollars_total", of),
            ("ticketstream_llm_seconds_count", of),
            ("ticketstream_llm_cached_tokens_total", of),
            *(("ticketstream_llm_tokens_total", {**of, "direction": d}) for d in ("in", "out")),
            *(("ticketstream_llm_calls_total", {**of, "outcome": outcome}) for outcome in OUTCOMES),
        ]
        assert [REGISTRY.get_sample_value(*one) for one in series] == [0.0] * len(series)


@pytest.mark.parametrize(
    ("says", "outcome"),
    [
        (Say.answer(), "answered"),
        (Say.nonsense(), "answered"),
        (Say.too_long(), "rejected"),
        (Say.status(422), "rejected"),
        (Say.unauthorized(), "refused"),
        (Say.quota_exceeded(), "refused"),
        (Say.rate_limited(0), "rate_limited"),
        (Say.status(503), "unavailable"),
        (Say.disconnect(), "unavailable"),
    ],
)
async def test_how_a_call_ended(llm: LlmServer, make: Make, says: Say, outcome: str) -> None:
    """
    Each call counts once, by the outcome that the documentation describes.
    """
    model = make(openai_model="ended-model")
    before = _calls("ended-model")
    llm.next(says)
    with suppress(TicketError):
        await asked(model)

    others = len(llm.calls) - 1
    assert _calls("ended-model") - before == Counter([outcome, *["answered"] * others])


async def test_a_series_for_each_model_of_the_settings(llm: LlmServer, make: Make) -> None:
    """
    Calls, tokens and seconds name the model that we ask for, whatever a server says that it is.
    """
    llm.default = Say(_by_another_model)
    one, other = (make(openai_model=f"{name}-model") for name in ("one", "other"))
    report = (await asked(one)).report
    for _ in range(2):
        await asked(other)

    assert _calls("one-model") == {"answered": 1}
    assert _calls("other-model") == {"answered": 2}
    of = {"stage": "triage", "model": "one-model"}
    assert counted("ticketstream_llm_tokens_total", **of, direction="in") == report.tokens_in
    assert counted("ticketstream_llm_tokens_total", **of, direction="out") == report.tokens_out
    assert counted("ticketstream_llm_seconds_count", **of) == 1
    assert OTHER not in {
        value
        for family in REGISTRY.collect()
        for sample in family.samples
        for value in sample.labels.values()
    }


def _calls(model: str) -> Counter[str]:
    """Return how many calls of *model* for triage ended in each way."""
    of = {"stage": "triage", "model": model}
    calls = Counter[str]()
    for outcome in OUTCOMES:
        calls[outcome] = int(counted("ticketstream_llm_calls_total", **of, outcome=outcome))
    return +calls


def _by_another_model(call: Call, dialect: Dialect) -> Reply:
    """Answer, and say that a model has done so that nobody asked for."""
    reply = Say.answer().reply(call, dialect)
    return replace(reply, body=json.dumps({**json.loads(reply.body), "model": OTHER}))


def test_the_documentation_has_each_outcome() -> None:
    """
    It says what the server did.
    """
    table = PAGE.read_text().partition("### Outcomes of calls")[2].partition("\n## ")[0]

    assert tuple(re.findall(r"^\| `(\w+)` \|", table, re.M)) == OUTCOMES
