"""What an answer took."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from streams.backends.openai.model import LanguageModel
from streams.backends.openai.usage import cost
from tests.backends.openai.asking import asked
from tests.support.figures_of import counted
from tests.support.llm import LlmServer, Say


async def test_an_answer_and_what_it_took(make: Callable[..., LanguageModel]) -> None:
    """
    The report names backend, prompt and model, and counts tokens and dollars.
    """
    answer = await asked(make(openai_prices={"test-model": (2.0, 10.0)}))
    assert answer.value.kind_of_problem == "Billing > Duplicate Charge"
    report = answer.report
    assert (report.backend, report.prompt, report.model) == ("openai", "test-7", "test-model")
    assert report.calls == 1
    assert report.tokens_in > 0
    assert report.tokens_out > 0
    dollars = (2 * report.tokens_in + 10 * report.tokens_out) / 1e6
    assert report.cost_usd == pytest.approx(dollars, abs=1e-8)


CACHED = [
    {"prompt_tokens_details": {"cached_tokens": 900}},
    {"prompt_tokens_details": {"cached_tokens": 900}, "prompt_cache_hit_tokens": 7},
    {"prompt_cache_hit_tokens": 900, "prompt_cache_miss_tokens": 100},
    {"cached_tokens": 900, "prompt_tokens_details": None},
]


@pytest.mark.parametrize("cached", CACHED, ids=str)
@pytest.mark.parametrize(("rates", "dollars"), [((2.0, 10.0), 2500), ((2.0, 10.0, 0.5), 1150)])
async def test_cached_tokens_have_their_own_price(
    llm: LlmServer,
    make: Callable[..., LanguageModel],
    cached: dict[str, Any],
    rates: tuple[float, ...],
    dollars: float,
) -> None:
    """
    What the server had in its cache is counted and priced as such; without a price, as any other.
    """
    llm.default = Say.answer_with_usage({"prompt_tokens": 1000, "completion_tokens": 50, **cached})
    model = make(openai_model="caching-model", openai_prices={"caching-model": rates})
    name, of = "ticketstream_llm_cached_tokens_total", {"stage": "triage", "model": "caching-model"}
    spent = "ticketstream_llm_cost_dollars_total"
    await asked(model)  # which begins the series
    before, paid = counted(name, **of), counted(spent, **of)

    report = (await asked(model)).report

    assert (report.tokens_in, report.tokens_cached) == (1000, 900)
    assert report.cost_usd == pytest.approx(dollars / 1e6)
    assert counted(name, **of) - before == 900
    assert counted(spent, **of) - paid == pytest.approx(dollars / 1e6)


def test_what_tokens_cost() -> None:
    """
    Those that the server had are among those in.
    """
    assert cost((2, 10), 1000, 50, 900) == cost((2, 10), 1000, 50) == 0.0025
    assert cost((2, 10, 0.5), 1000, 50, 900) == pytest.approx(0.00115)
    assert cost((2, 10, 0.5), 1000, 50) == 0.0025


GEN_AI = {
    "gen_ai_operation_name": "chat",
    "gen_ai_provider_name": "openai",
    "gen_ai_request_model": "counted-model",
}


async def test_what_is_counted_by_model(llm: LlmServer, make: Callable[..., LanguageModel]) -> None:
    """
    Cost, and OpenTelemetry's seconds and tokens, name the model; a failed call its outcome.
    """
    llm.next(Say.status(500))
    model = make(openai_model="counted-model", openai_prices={"counted-model": (2.0, 10.0)})
    report = (await asked(model)).report

    dollars = counted("ticketstream_llm_cost_dollars_total", stage="triage", model="counted-model")
    assert dollars == pytest.approx(report.cost_usd, abs=1e-8)
    tokens = "gen_ai_client_token_usage_sum"
    assert counted(tokens, **GEN_AI, gen_ai_token_type="input") == report.tokens_in
    assert counted(tokens, **GEN_AI, gen_ai_token_type="output") == report.tokens_out
    seconds = "gen_ai_client_operation_duration_seconds_count"
    assert counted(seconds, **GEN_AI, error_type="") == 1
    assert counted(seconds, **GEN_AI, error_type="unavailable") == 1
