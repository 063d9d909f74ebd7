"""What an answer took."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streams.backends.openai.model import LanguageModel
from tests.backends.openai.asking import asked


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
