"""What is charged for a call, however it ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import httpcore2
import pytest

from streams.backends import guard
from streams.backends.day_account import DayAccount
from streams.backends.openai.charge import OUTPUT_TOKENS, Attempt, Tariff
from streams.backends.openai.model import LanguageModel
from streams.backends.openai.usage import cost
from streams.backends.spending_limit import Payer, SpendingLimit
from streams.errors import BudgetSpent, TicketError
from streams.settings import Settings
from tests.backends.openai.asking import DATA, PROMPT, Shape
from tests.support.llm import LlmServer, Say

PRICE = (1e4, 1e6)
"""A cent a token in, a dollar a token out."""
PAYER = Payer("default", "T-1", "triage")
SLOTS, LIMIT = 4, 5_000.0

Charged = Callable[..., LanguageModel]


@pytest.fixture
def account() -> DayAccount:
    """Return an account that has room, and on which everything has been heard."""
    made = DayAccount(1e9)
    made.read_to_end()
    return made


@pytest.fixture
async def charged(llm: LlmServer, account: DayAccount) -> AsyncIterator[Charged]:
    """Return what makes a client of the server whose calls are paid from the account."""
    made: list[LanguageModel] = []

    def model(**settings: Any) -> LanguageModel:
        chosen: dict[str, Any] = {
            "openai_base_url": llm.url,
            "openai_model": "test-model",
            "openai_prices": {"test-model": PRICE},
            "llm_call_seconds": 5.0,
        }
        made.append(LanguageModel(Settings(**chosen | settings), SpendingLimit(account)))
        return made[-1]

    yield model
    for each in made:
        await each.close()


@pytest.fixture
def once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no call be tried again."""
    monkeypatch.setattr(guard, "_is_worth_another_try", lambda _: False)


async def ask(model: LanguageModel) -> None:
    """Ask a question."""
    await model.ask("triage", PROMPT, DATA, Shape, shorter=lambda: DATA, payer=PAYER)


async def fail(model: LanguageModel) -> None:
    """Ask a question that gets no answer."""
    with pytest.raises(TicketError):
        await ask(model)


def question(llm: LlmServer, out: float = OUTPUT_TOKENS) -> float:
    """Return the dollars of the last call, with so many tokens *out*."""
    return cost(PRICE, llm.calls[-1].characters() / 4, out)


@pytest.mark.usefixtures("once")
@pytest.mark.parametrize(
    "say",
    [
        Say.disconnect(),
        Say.status(500),
        Say.status(502),
        Say.status(503),
        Say.status(504),
        Say.status(408),
        Say.html_error(),
        Say.not_json_body(),
        Say.not_json_body("text/html"),
        Say.status(200, '{"id": "x", "choices": [{"message": {"con'),
        Say.status(200, {"id": "x"}),
        Say.status(200, {"error": {"code": 502, "message": "The provider failed."}}),
        Say.status(200, {"error": {"message": "The provider failed."}}),
        Say.status(200, {"id": "x", "usage": None}),
        Say.stall(),
        Say.stall(headers=True),
        Say.stream_of_whitespace(),
    ],
)
async def test_what_was_sent_is_charged(
    llm: LlmServer, account: DayAccount, charged: Charged, say: Say
) -> None:
    """
    A call that was sent may be billed, whatever becomes of its answer: question and answer count
    as estimated.
    """
    llm.default = say
    await fail(charged(llm_call_seconds=0.3))

    assert len(llm.calls) == 1
    assert account.spent == pytest.approx(question(llm), rel=0.001)


@pytest.mark.usefixtures("once")
@pytest.mark.parametrize(
    "say",
    [Say.no_choices(), Say.no_choices(504), Say.no_choices(429), Say.disconnect_after_usage()],
)
async def test_a_usage_counts_in_any_reply(
    llm: LlmServer, account: DayAccount, charged: Charged, say: Say
) -> None:
    """
    What the server has counted is charged, also if there is nothing else to read in its reply.
    """
    llm.default = say
    await fail(charged())

    assert len(llm.calls) == 1
    assert account.spent == pytest.approx(cost(PRICE, 700, 50))


@pytest.mark.usefixtures("once")
@pytest.mark.parametrize(
    "say",
    [
        Say.status(400),
        Say.status(401),
        Say.status(402),
        Say.status(403),
        Say.status(404),
        Say.status(413),
        Say.status(422),
        Say.status(307),
        Say.status(200, {"error": {"code": 402, "message": "no credits"}}),
        Say.status(200, {"error": {"code": 429, "message": "slow down"}}),
        Say.too_long(),
        Say.unauthorized(),
        Say.rate_limited(1),
        Say.quota_exceeded(),
    ],
)
async def test_a_refusal_costs_nothing(
    llm: LlmServer, account: DayAccount, charged: Charged, say: Say
) -> None:
    """
    The server has done no work.
    """
    llm.default = say
    await fail(charged())

    assert len(llm.calls) >= 1
    assert account.spent == 0


@pytest.mark.usefixtures("once")
async def test_a_filter_is_no_refusal_before_work(
    llm: LlmServer, account: DayAccount, charged: Charged
) -> None:
    """
    A 400 which says that the question was read and filtered is charged.
    """
    llm.default = Say.status(400, {"error": {"code": "content_filter", "message": "No."}})
    await fail(charged())

    assert account.spent >= question(llm)


@pytest.mark.usefixtures("once")
async def test_what_was_not_sent_costs_nothing(
    llm: LlmServer, account: DayAccount, charged: Charged
) -> None:
    """
    Neither a connection costs that is refused, nor one without the TLS that it needs.
    """
    await fail(charged(openai_base_url=llm.url.replace("http:", "https:")))
    await llm.stop()
    await fail(charged())

    assert llm.calls == []
    assert account.spent == 0


async def test_to_ask_a_proxy_for_a_connection_is_not_to_send() -> None:
    """
    The request that follows is.
    """
    attempt = Attempt()
    step = "http11.send_request_headers.started"
    await attempt.trace("connection.connect_tcp.started", {"host": "h"})
    await attempt.trace(step, {"request": httpcore2.Request("CONNECT", "http://h")})
    assert not attempt.is_sent
    await attempt.trace(step, {"request": httpcore2.Request("POST", "http://h")})
    assert attempt.is_sent


async def test_a_call_that_is_given_up_is_charged(
    llm: LlmServer, account: DayAccount, charged: Charged
) -> None:
    """
    The provider goes on with it.
    """
    llm.default = Say.stall()
    asking = asyncio.create_task(ask(charged()))
    async with asyncio.timeout(5):
        while not llm.calls:  # noqa: ASYNC110  # nobody tells
            await asyncio.sleep(0.01)
    asking.cancel()
    with suppress(asyncio.CancelledError):
        await asking

    assert account.spent == pytest.approx(question(llm), rel=0.001)


RATES = (1e4, 1e6, 1e3)


@pytest.mark.parametrize(
    ("cached", "counts"), [(600, 600), (0, 0), (701, 700), (-1, 0), ("x", 0), (None, 0)]
)
async def test_cached_tokens_are_charged_at_their_price(
    llm: LlmServer, account: DayAccount, charged: Charged, cached: Any, counts: int
) -> None:
    """
    A server that counts more of them than there are tokens in, or something else, saves nothing.
    """
    details = {"prompt_tokens_details": {"cached_tokens": cached}}
    llm.default = Say.answer_with_usage({"prompt_tokens": 700, "completion_tokens": 50, **details})
    await ask(charged(openai_prices={"test-model": RATES}))

    assert account.spent == pytest.approx(cost(RATES, 700, 50, counts))


@pytest.mark.usefixtures("once")
async def test_an_answer_that_nobody_read_is_charged_in_full(
    llm: LlmServer, account: DayAccount, charged: Charged
) -> None:
    """
    The sum is never less than the bill.
    """
    usage = {"prompt_tokens": 700, "completion_tokens": 50, "prompt_cache_hit_tokens": 600}
    llm.default = Say.status(504, {"usage": usage})
    await fail(charged(openai_prices={"test-model": RATES}))

    assert account.spent == pytest.approx(cost(RATES, 700, 50))


async def test_each_try_is_charged(llm: LlmServer, account: DayAccount, charged: Charged) -> None:
    """
    Three requests for one answer are charged three times.
    """
    llm.next(Say.status(504), Say.disconnect())
    await ask(charged())

    assert len(llm.calls) == 3
    answered = account.spent - 2 * question(llm)
    assert 0 < answered < question(llm)


@pytest.mark.usefixtures("once")
@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
async def test_no_answer_is_longer_than_it_may_be(
    llm: LlmServer, account: DayAccount, charged: Charged, name: str
) -> None:
    """
    What the operator allows is what an unseen answer is taken for.
    """
    llm.default = Say.status(504)
    await fail(charged(openai_parameters={name: 77}))

    assert account.spent == pytest.approx(question(llm, 77), rel=0.001)


def paid(received: bytes) -> float:
    """Return what a call of 100 tokens costs of which this is received."""
    dollars: list[float] = []
    messages = [{"content": "x" * 400}]
    with Tariff(PRICE, {}).charged("triage", messages, dollars.append) as attempt:
        attempt.is_sent = True
        attempt.received.extend(received)
    return sum(dollars)


async def test_an_unseen_answer_is_as_long_as_the_others(
    llm: LlmServer, account: DayAccount, charged: Charged
) -> None:
    """
    Those of the same stage are meant, in the mean.
    """
    model = charged()
    await ask(model)
    answered = account.spent
    llm.next(Say.status(504))
    await ask(model)

    assert account.spent == pytest.approx(3 * answered, rel=0.01)


@pytest.mark.parametrize(
    ("body", "tokens"),
    [
        (b'{"usage": {"prompt_tokens": 7, "completion_tokens": 2}}', (7, 2)),
        (b'{"usage":{"completion_tokens":2,"details":{"prompt_tokens":7}},"cho', (7, 2)),
        (b'{"usage": {"prompt_tokens": 7, "completion_tokens": 2', (7, OUTPUT_TOKENS)),
        (b'{"usage": {"prompt_tok', (100, OUTPUT_TOKENS)),
        (b'{"usage": {"prompt_tokens": -7, "completion_tokens": 2.5}}', (100, OUTPUT_TOKENS)),
        (b'{"usage": {"prompt_tokens": 999999999, "completion_tokens": 2}}', (100, 2)),
        (b'{"content": "{\\"usage\\": {\\"prompt_tokens\\": 7}}"', (100, OUTPUT_TOKENS)),
        (b'{"prompt_tokens": 7}', (100, OUTPUT_TOKENS)),
        (b"\xff\xfe", (100, OUTPUT_TOKENS)),
    ],
)
def test_a_body_is_read_as_far_as_it_goes(body: bytes, tokens: tuple[float, float]) -> None:
    """
    A number that is cut, cannot be, or stands elsewhere is none; what is missing is estimated.
    """
    assert paid(body) == pytest.approx(cost(PRICE, *tokens))


@pytest.mark.parametrize(
    "fault", [Say.status(504), Say.disconnect(), Say.no_choices(), Say.wait(1.0)]
)
async def test_faults_do_not_exceed_the_bound(llm: LlmServer, charged: Charged, fault: Say) -> None:
    """
    Half of the replies are faulty, and the bill is still within the limit and the calls in flight.
    """
    llm.failing = (0.5, fault)
    account = DayAccount(LIMIT)
    account.read_to_end()
    model = charged(
        openai_prices={"test-model": (1e6, 1e6)},
        openai_parameters={"max_tokens": 100},
        llm_call_seconds=0.2,
    )
    model._limit = SpendingLimit(account)
    model.guard.breaker.failed = lambda *_, **__: None  # type: ignore[method-assign]

    async def slot() -> None:
        with suppress(BudgetSpent):
            while True:
                await ask(model)

    await asyncio.gather(*(slot() for _ in range(SLOTS)))
    dearest = max(750, llm.calls[-1].characters() / 4 + 100)
    assert account.spent >= LIMIT
    assert llm.tally.billed <= LIMIT + SLOTS * dearest
