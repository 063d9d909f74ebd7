"""
A language model behind any server that speaks OpenAI's chat completions.

In: a prompt, data as JSON in a message of its own, and the shape of the answer as a pydantic
model. Out: the answer in that shape, and what it took.

    richest structured output that the server knows: json_schema -> json_object -> text
    an answer that does not fit          one repair, with the error shown to the model
    a refusal, or no room for the answer asked once more, with less
    5xx, no answer in time               `guard.py` tries again within the stage's budget
    429                                  the same, with fewer calls at once; it is no outage

At most two answers are paid for, whatever happens.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, Generic, cast

import anyio
import openai
import structlog
from anyio.lowlevel import checkpoint
from openai import AsyncOpenAI, DefaultAsyncHttpxClient
from pydantic import BaseModel

from schemas import StageReport
from streams import metrics, tracing
from streams.backends.guard import Guard
from streams.backends.openai.api_key import ApiKey
from streams.backends.openai.call_span import chat_attributes, show_reply
from streams.backends.openai.errors import Rejected, TooLong, errors_translated
from streams.backends.openai.question import MODES, Mode, Question, Shape
from streams.backends.openai.reply import Reply, limit, read_reply
from streams.backends.openai.usage import Usage
from streams.errors import BadAnswer, ConfigurationError, RateLimited, Refused, TicketError
from streams.off_loop import off_loop
from streams.prompts import Prompt
from streams.settings import Settings

ASK_AGAIN_SECONDS = 600.0
"""Seconds after which a server that refused a form of answer is asked for it again."""

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

    def __init__(self, settings: Settings) -> None:
        """
        Raises:
            ConfigurationError: No model is named, or the key's file cannot be read.
        """
        if not settings.openai_model:
            raise ConfigurationError(
                "TICKETSTREAM_LLM=openai needs TICKETSTREAM_OPENAI_MODEL, the model's name"
            )
        self.guard = Guard("llm")
        self.model = settings.openai_model
        self._key = ApiKey(settings)
        self._call_seconds = settings.llm_call_seconds
        self._budget = settings.backend_seconds
        self._parameters = settings.openai_parameters
        self._prices = settings.openai_prices.get(self.model, (0.0, 0.0))
        self._address = settings.openai_base_url
        self._mode: Mode = "json_schema"
        self._mode_until = 0.0
        try:
            self._client = AsyncOpenAI(
                api_key=self._key.current,
                base_url=settings.openai_base_url,
                timeout=self._call_seconds,
                max_retries=0,  # the guard's task
                default_headers={"Accept-Encoding": "identity"},
                http_client=DefaultAsyncHttpxClient(event_hooks={"response": [limit]}),
            )
        except Exception:  # the HTTP library's own, which name no setting
            raise ConfigurationError(
                "TICKETSTREAM_OPENAI_BASE_URL is no address: it looks like https://host/v1"
            ) from None

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
        with errors_translated():
            async with asyncio.timeout(self._call_seconds):
                with contextlib.suppress(openai.NotFoundError):  # not every server lists models
                    await self._client.models.list()

    async def probe(self) -> Mode:
        """
        Ask a question of a few tokens; return the way in which the server gives structure.

        Raises:
            Unavailable, Refused, BadAnswer: As `ask`.
        """
        asked = Prompt("probe", "Say that you are ready.")
        await self.ask("check", asked, {"ready": True}, _Ready, shorter=dict)
        return self._mode

    async def ask(
        self,
        stage: str,
        prompt: Prompt,
        data: Mapping[str, Any],
        shape: type[Shape],
        *,
        shorter: Callable[[], Mapping[str, Any]],
        faults: Callable[[Shape], str | None] = lambda _: None,
    ) -> Answer[Shape]:
        """
        Return what the model answers about *data*, in *shape*.

        Args:
            stage: whose metrics count it.
            shorter: returns less data, for when a model cannot or will not answer on all of it; it
                is called off the event loop.
            faults: says what is wrong with an answer in *shape*, in words for the model.

        Raises:
            Unavailable: The server is away, or answered too late.

            Refused: It refuses key, quota or model.

            BadAnswer: The model answered twice, and neither fits. Has the report.
        """
        until = monotonic() + self._budget
        question = Question(stage, prompt, data, shape, faults)
        usage = Usage(backend=self.name, model=self.model, price=self._prices, prompt=prompt)
        reply = await self._reply(question, usage, until)
        value, fault = question.read(reply)
        if value is None:
            if reply.fault:
                question.ask_anew(await off_loop(shorter))
            else:
                question.show(reply.text, fault)
                if "{" not in reply.text and self._mode == MODES[0]:
                    self._use(MODES[1])  # it takes the schema, and does not mind it
            self._tell_second_try(stage, reply.fault or "misfit")
            reply = await self._reply(question, usage, until)
            value, fault = question.read(reply)
        if value is None:
            raise BadAnswer(reply.fault or "the answer does not fit", report=usage.report())
        return Answer(value, usage.report())

    def _tell_second_try(self, stage: str, reason: str) -> None:
        log.info("second try", stage=stage, model=self.model, reason=reason)
        tracing.current().event("ticketstream.second_try", {"ticketstream.reason": reason})

    async def _reply(self, question: Question[Any], usage: Usage, until: float) -> Reply:
        """Return the server's next reply, however often it takes to get one."""

        async def once() -> Reply:
            return await self._richest(question)

        try:
            reply = await self.guard.call(once, seconds=max(0.1, until - monotonic()))
        except TooLong:
            return Reply("", "the prompt is too long for the model", 0, 0)
        except Rejected:
            return Reply("", "the server rejects the request", 0, 0)
        usage.add(question.stage, reply)
        return reply

    async def _richest(self, question: Question[Any]) -> Reply:
        """Ask in the richest way that the server knows, and remember which one that is."""
        if monotonic() > self._mode_until:
            self._mode = MODES[0]
        for mode in MODES[MODES.index(self._mode) :]:
            try:
                reply = await self._complete(question, mode)
            except Rejected:
                if mode == MODES[-1]:
                    raise
                continue
            if mode != self._mode:
                self._use(mode)
            return reply
        raise AssertionError("the last way returns or raises")

    def _use(self, mode: Mode) -> None:
        log.warning("server lacks structured output", model=self.model, uses=mode)
        self._mode, self._mode_until = mode, monotonic() + ASK_AGAIN_SECONDS

    async def _complete(self, question: Question[Any], mode: Mode) -> Reply:
        """Return one completion. Raises what `_translated` makes of the client's errors."""
        began, outcome = monotonic(), "unavailable"
        try:
            reply = await self._asked(question, mode)
            outcome = "answered"
            return reply
        except TicketError as error:
            outcome = _outcome(error)
            raise
        finally:
            metrics.LLM_CALLS.labels(question.stage, outcome).inc()
            seconds, failure = monotonic() - began, "" if outcome == "answered" else outcome
            metrics.LLM_SECONDS.labels(question.stage).observe(seconds)
            metrics.GEN_AI_SECONDS.labels("chat", self.name, self.model, failure).observe(seconds)

    async def _asked(self, question: Question[Any], mode: Mode) -> Reply:
        """Return one completion, and show the call as a span."""
        about = chat_attributes(self.name, self.model, self._address, question.stage, mode)
        with (
            tracing.span(f"chat {self.model}", "client", about) as span,
            errors_translated(self._parameters),
        ):
            async with asyncio.timeout(self._call_seconds):
                made = await self._client.chat.completions.create(
                    model=self.model,
                    messages=cast(Any, question.messages(mode)),
                    response_format=cast(Any, question.response_format(mode)),
                    extra_body=self._parameters,
                )
            reply = read_reply(made)
            show_reply(span, reply)
            return reply


def _outcome(error: TicketError) -> str:
    """Return what metrics call a call that ended with *error*."""
    if isinstance(error, RateLimited | Refused):
        return "rate_limited" if isinstance(error, RateLimited) else "refused"
    return "rejected" if isinstance(error, TooLong | Rejected) else "unavailable"
