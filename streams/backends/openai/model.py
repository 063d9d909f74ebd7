"""
A language model behind any server that speaks OpenAI's chat completions.

In: a prompt, data as JSON in a message of its own, and the shape of the answer as a pydantic
model. Out: the answer in that shape, and what it took.

    richest structured output that the server knows: json_schema -> json_object -> text
    a parameter that it does not take    ours is left out; the operator's is a refusal
    an answer that does not fit          one repair, with the error shown to the model
    a refusal, or no room for the answer asked once more, with less
    5xx, no answer in time               `guard.py` tries again within the stage's budget
    429                                  the same, with fewer calls at once; it is no outage

At most two answers are asked for beside what is tried again. Before each call `spending_limit.py`
says whether there is money for it, and `charge.py` what it has cost, however it ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any, Generic, cast

import anyio
import openai
import structlog
from anyio.lowlevel import checkpoint
from pydantic import BaseModel

from schemas import StageReport
from streams import tracing
from streams.backends.guard import Guard
from streams.backends.openai.abilities import Abilities
from streams.backends.openai.api_client import api_client
from streams.backends.openai.call_metrics import begin_series, counted_call
from streams.backends.openai.call_span import chat_attributes, show_reply
from streams.backends.openai.charge import Tariff
from streams.backends.openai.errors import (
    Filtered,
    Misgenerated,
    Rejected,
    TooLong,
    errors_translated,
)
from streams.backends.openai.json_answer import said_last
from streams.backends.openai.question import MODES, Data, Faults, Mode, Question, Shape
from streams.backends.openai.reply import ErrorReply, Reply, read_reply
from streams.backends.openai.server_address import ServerAddress
from streams.backends.openai.usage import Usage
from streams.backends.spending_limit import AccountBehind, Payer, SpendingLimit
from streams.errors import BadAnswer, BudgetSpent, ConfigurationError, Refused
from streams.off_loop import off_loop
from streams.prompts import Prompt
from streams.settings import Settings

log = structlog.get_logger()


@dataclass(frozen=True)
class Answer(Generic[Shape]):
    """What a model answered, and what it took."""

    value: Shape
    report: StageReport


class _Ready(BaseModel):
    ready: bool


class LanguageModel:
    """One model at one server. Safe for any number of calls at the same time."""

    name = "openai"

    def __init__(self, settings: Settings, spending: SpendingLimit | None = None) -> None:
        """
        Args:
            spending: says whether there is money for a call; by default there is.

        Raises:
            ConfigurationError: No model is named, its price is not known and a limit needs it, or
            a file of key or authority cannot be used.
        """
        if not settings.openai_model:
            raise ConfigurationError(
                "TICKETSTREAM_LLM=openai needs TICKETSTREAM_OPENAI_MODEL, the model's name"
            )
        _require_price(settings)
        self.guard = Guard("llm")
        self._limit = spending or SpendingLimit()
        self.model = settings.openai_model
        self._call_seconds = settings.llm_call_seconds
        self._budget = settings.backend_seconds
        self._parameters = settings.openai_parameters
        self._prices = settings.openai_prices.get(self.model, (0.0, 0.0))
        self.tariff = Tariff(self._prices, self._parameters)
        begin_series(self.model)
        self.abilities = Abilities(self.model, self._parameters)
        address = ServerAddress(settings.openai_base_url)
        self._address = address.url
        self._client = api_client(settings, address)

    def load_client(self) -> None:
        """
        Import what the client otherwise imports within the first call, which takes 40 ms.

        It is called in a thread without an event loop.
        """
        _ = self._client.models, self._client.chat.completions
        anyio.run(checkpoint)  # imports what connections are made with

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def ping(self) -> None:
        """
        Return if the server knows us, without paying for an answer.

        Raises:
            Unavailable, Refused: As `ask`; whether the server has the model, only `ask` tells.
        """
        await self.known_models()

    async def known_models(self) -> list[str]:
        """
        Return the models that the server lists; none if it lists none, as not every server does.

        Raises:
            Unavailable, Refused: As `ask`.
        """
        with errors_translated():
            async with asyncio.timeout(self._call_seconds):
                with contextlib.suppress(openai.NotFoundError):
                    listed = await self._client.models.list()
                    names = (getattr(one, "id", None) for one in listed.data or ())
                    return sorted(name for name in names if isinstance(name, str))
        return []

    async def probe(self) -> Mode:
        """
        Ask a question of a few tokens; return the way in which the server gives structure.

        Raises:
            Unavailable, Refused, BadAnswer: As `ask`.
        """
        asked = Prompt("probe", "Say that you are ready.")
        await self.ask("check", asked, {"ready": True}, _Ready, shorter=dict)
        return self.abilities.mode

    async def ask(
        self,
        stage: str,
        prompt: Prompt,
        data: Data,
        shape: type[Shape],
        *,
        shorter: Callable[[], Data],
        faults: Callable[[Shape], Faults] = lambda _: None,
        payer: Payer | None = None,
    ) -> Answer[Shape]:
        """
        Return what the model answers about *data*, in *shape*.

        Args:
            stage: whose metrics count it.
            shorter: returns less data, for when a model cannot or will not answer on all of it; it
                is called off the event loop.
            faults: says what is wrong with an answer in *shape*, in words for the model: one
                objection or several. The model is shown them with its own answer, so they hold
                nothing but what is about this answer and this ticket.
            payer: the ticket that the calls are for.

        Raises:
            Unavailable: The server is away, or answered too late.

            Refused: It refuses key, quota or model.

            BadAnswer: The model answered twice, and neither fits. Has the report.

            BudgetSpent: There is no money for a call. Has the report of those before.
        """
        until = monotonic() + self._budget
        question = Question(stage, prompt, data, shape, faults, payer)
        usage = Usage(backend=self.name, model=self.model, price=self._prices, prompt=prompt)
        reply = await self._reply(question, usage, until)
        value, fault = question.read(reply)
        if value is None:
            await self._prepare_second_try(question, reply, fault, shorter)
            reply = await self._reply(question, usage, until)
            value, fault = question.read(reply)
        if value is None:
            raise BadAnswer(reply.fault or "the answer does not fit", report=usage.report())
        return Answer(value, usage.report())

    async def _prepare_second_try(
        self,
        question: Question[Any],
        reply: Reply,
        fault: str,
        shorter: Callable[[], Data],
    ) -> None:
        """Have *question* ask about less after a refusal, else show what is wrong with *reply*."""
        reason = reply.fault or "misfit"
        if reply.fault:
            question.ask_anew(await off_loop(shorter))
        else:
            question.show(reply.text, fault)
            if "{" not in said_last(reply.text) and self.abilities.mode == MODES[0]:
                self.abilities.use(MODES[1])  # it takes the schema, and does not mind it
        log.info("second try", stage=question.stage, model=self.model, reason=reason)
        tracing.current().event("ticketstream.second_try", {"ticketstream.reason": reason})

    async def _reply(self, question: Question[Any], usage: Usage, until: float) -> Reply:
        """Return the server's next reply, however often it takes to get one."""

        async def once() -> Reply:
            return await self._richest(question)

        try:
            reply = await self._guarded(once, until)
        except BudgetSpent as error:
            error.report = usage.report()
            raise
        except TooLong:
            return Reply("", "the prompt is too long for the model", 0, 0)
        except Filtered:
            return Reply("", "the model refuses", 0, 0)
        except Misgenerated as error:
            return Reply(error.text, None, 0, 0)
        except Rejected:
            return Reply("", "the server rejects the request", 0, 0)
        usage.add(question.stage, reply)
        return reply

    async def _guarded(self, once: Callable[[], Awaitable[Reply]], until: float) -> Reply:
        """Return what *once* returns, as long as it is known what other workers have spent."""
        while True:
            await self._limit.ready(until - monotonic())
            with contextlib.suppress(AccountBehind):
                return await self.guard.call(once, seconds=max(0.1, until - monotonic()))

    async def _richest(self, question: Question[Any]) -> Reply:
        """Ask in the richest way that the server knows, and remember which one that is."""
        for mode in MODES[MODES.index(self.abilities.mode) :]:
            try:
                reply = await self._adapted(question, mode)
            except Rejected as error:
                if mode != MODES[-1]:
                    continue
                if error.refusal:
                    raise Refused(error.refusal) from None
                raise
            self.abilities.use(mode)
            return reply
        raise AssertionError("the last way returns or raises")

    async def _adapted(self, question: Question[Any], mode: Mode) -> Reply:
        """Ask without what the server does not take, which it says one after the other."""
        while True:
            own = self.abilities.own
            try:
                return await self._complete(question, mode)
            except Rejected as error:
                if not error.own & own:
                    raise
                self.abilities.leave_out(error.own)

    async def _complete(self, question: Question[Any], mode: Mode) -> Reply:
        """Return one completion. Raises what `_translated` makes of the client's errors."""
        self._limit.require(question.payer)
        messages = question.messages(mode, has_system=self.abilities.has_system_role)
        with counted_call(self.name, self.model, question.stage):
            return await self._asked(question, mode, messages)

    async def _asked(
        self, question: Question[Any], mode: Mode, messages: Sequence[Mapping[str, str]]
    ) -> Reply:
        """Return one completion, and show the call as a span."""
        pay = partial(self._limit.pay, question.payer)
        about = chat_attributes(self.name, self.model, self._address, question.stage, mode)
        with (
            tracing.span(f"chat {self.model}", "client", about) as span,
            errors_translated(self._parameters, self.abilities.own),
            self.tariff.charged(question.stage, messages, pay) as attempt,
        ):
            async with asyncio.timeout(self._call_seconds):
                made = await self._client.chat.completions.create(
                    model=self.model,
                    messages=cast(Any, messages),
                    response_format=cast(Any, question.response_format(mode)),
                    extra_body=self.abilities.parameters,
                )
            try:
                attempt.reply = reply = read_reply(made)
            except ErrorReply as error:
                attempt.status = error.status
                raise
            show_reply(span, reply)
            return reply


def _require_price(settings: Settings) -> None:
    """Raise ConfigurationError if a limit is set and the model's price is not known."""
    dollars = {"DAILY": settings.daily_dollars, "TICKET": settings.ticket_dollars}
    wanting = next((name for name, given in dollars.items() if given is not None), None)
    if wanting and settings.openai_model not in settings.openai_prices:
        example = json.dumps({settings.openai_model: [0.15, 0.6]})
        raise ConfigurationError(
            f"TICKETSTREAM_{wanting}_DOLLARS needs what {settings.openai_model} costs, in dollars"
            f" per million tokens in and out, such as TICKETSTREAM_OPENAI_PRICES={example!r};"
            " a model that costs nothing has [0, 0]"
        )
