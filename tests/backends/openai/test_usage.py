"""What an answer took."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streams.backends.openai.model import LanguageModel
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
