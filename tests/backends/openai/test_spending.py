"""What calls cost, and that none is made when there is no money for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from streams.backends.day_account import DayAccount
from streams.backends.openai.model import LanguageModel
from streams.backends.spending_limit import Payer, SpendingLimit
from streams.errors import BudgetSpent, ConfigurationError, Unavailable
from streams.settings import Settings
from tests.backends.openai.asking import DATA, PROMPT, Shape, asked
from tests.support.llm import LlmServer, Say

PRICES = {"test-model": (1e4, 1e4)}
"""A cent a token."""
PAYER = Payer("default", "T-1", "triage")

Limited = Callable[..., LanguageModel]


@pytest.fixture
async def limited(llm: LlmServer) -> AsyncIterator[Limited]:
    """Return what makes a client of the server with a limit."""
    made: list[LanguageModel] = []

    def model(limit: SpendingLimit, **settings: Any) -> LanguageModel:
        chosen: dict[str, Any] = {
            "openai_base_url": llm.url,
            "openai_model": "test-model",
            "llm_call_seconds": 5.0,
        }
        made.append(LanguageModel(Settings(openai_prices=PRICES, **chosen | settings), limit))
        return made[-1]

    yield model
    for each in made:
        await each.close()


def day(dollars: float) -> DayAccount:
    """Return an account on which everything has been heard."""
    account = DayAccount(dollars)
    account.read_to_end()
    return account


async def ask(model: LanguageModel) -> float:
    """Return what a question has cost."""
    answer = await model.ask("triage", PROMPT, DATA, Shape, shorter=lambda: DATA, payer=PAYER)
    return answer.report.cost_usd


async def test_a_call_costs_what_the_server_counts(llm: LlmServer, limited: Limited) -> None:
    """
    The account has what the report has; the next call is not made when that is the day's.
    """
    account = day(1.0)
    model = limited(SpendingLimit(account))
    cost = await ask(model)
    assert account.spent == pytest.approx(cost)
    assert cost > 1

    with pytest.raises(BudgetSpent) as told:
        await ask(model)
    assert len(llm.calls) == 1
    assert told.value.report is not None
    assert told.value.report.calls == 0
    assert model.guard.status == "healthy"


async def test_a_repair_is_not_paid_when_the_money_is_gone(
    llm: LlmServer, limited: Limited
) -> None:
    """
    What the first answer took is reported: it was paid for.
    """
    llm.default = Say.answer_with("nonsense")
    model = limited(SpendingLimit(ticket_dollars=1.0))
    with pytest.raises(BudgetSpent) as told:
        await ask(model)

    assert len(llm.calls) == 1
    assert told.value.report is not None
    assert told.value.report.calls == 1
    assert told.value.report.cost_usd > 1


async def test_a_call_that_nobody_waited_for_counts_as_read(
    llm: LlmServer, limited: Limited
) -> None:
    """
    Its provider may have read the question, so it counts; a server that is not there does not.
    """
    account = day(1e6)
    llm.default = Say.stall()
    with pytest.raises(Unavailable):
        await ask(limited(SpendingLimit(account), llm_call_seconds=0.2, stage_seconds=0.3))
    calls, spent = len(llm.calls), account.spent
    assert spent >= calls > 0

    await llm.stop()
    with pytest.raises(Unavailable):
        await ask(limited(SpendingLimit(account), llm_call_seconds=0.2, stage_seconds=0.3))
    assert account.spent == spent


async def test_what_a_server_does_not_count_is_estimated(llm: LlmServer, limited: Limited) -> None:
    """
    A limit holds with a server that says nothing of tokens.
    """
    account = day(1e6)
    model = limited(SpendingLimit(account))
    cost = await ask(model)
    counted = account.spent
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streams.backends.openai.reply._tokens", lambda *_: 0)
        assert await ask(model) == 0
    assert account.spent - counted == pytest.approx(cost, rel=0.02)


async def test_a_call_waits_until_it_is_known_what_others_spent(
    llm: LlmServer, limited: Limited
) -> None:
    """
    It is made then; the model is not taken for down meanwhile.
    """
    account = DayAccount(1e6)
    model = limited(SpendingLimit(account))
    asking = asyncio.create_task(ask(model))
    await asyncio.sleep(0.3)
    assert llm.calls == []
    account.read_to_end()
    assert await asking > 0

    behind = limited(SpendingLimit(DayAccount(1e6)), stage_seconds=0.2)
    with pytest.raises(Unavailable, match="other workers"):
        await ask(behind)
    assert behind.guard.status == "healthy"


@pytest.mark.parametrize("given", ["daily_dollars", "ticket_dollars"])
async def test_a_limit_needs_the_price_of_the_model(given: str) -> None:
    """
    Else everything would cost nothing. A model that costs nothing is told so.
    """
    named: dict[str, Any] = {"openai_model": "m", given: 5.0}
    with pytest.raises(ConfigurationError) as told:
        LanguageModel(Settings(**named, openai_prices={"another": (1, 2)}))
    assert f"TICKETSTREAM_{given.upper()} needs what m costs" in str(told.value)
    assert "TICKETSTREAM_OPENAI_PRICES='{\"m\": [0.15, 0.6]}'" in str(told.value)
    await LanguageModel(Settings(**named, openai_prices={"m": (0, 0)})).close()


async def test_without_a_limit_no_price_is_needed(make: Callable[..., LanguageModel]) -> None:
    """
    As before.
    """
    assert (await asked(make())).report.cost_usd == 0
