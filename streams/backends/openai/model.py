"""
A language model behind any server that speaks OpenAI's chat completions.

In: a prompt, data as JSON in a message of its own, and the shape of the answer as a pydantic
model. Out: the answer in that shape, and what it took.

    richest structured output that the server knows: json_schema -> json_object -> text
    an answer that does not fit          one repair, with the error shown to the model
    a refusal, or no room for the answer asked once more, with less
    429, 5xx, no answer in time          `guard.py` tries again within the stage's budget

At most two answers are paid for, whatever happens.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from time import monotonic
from typing import Any, Generic, Literal, TypeVar, cast

import httpx2
import openai
import structlog
from openai import AsyncOpenAI, DefaultAsyncHttpxClient
from openai.types.chat import ChatCompletion
from pydantic import BaseModel, ValidationError

from schemas import StageReport
from streams import metrics
from streams.backends.guard import Guard
from streams.errors import (
    BadAnswer,
    ConfigurationError,
    Refused,
    TicketError,
    Unavailable,
    fields_at_fault,
)
from streams.prompts import Prompt
from streams.settings import Settings

Mode = Literal["json_schema", "json_object", "text"]
MODES: tuple[Mode, ...] = ("json_schema", "json_object", "text")
"""Ways to ask for structured output, richest first."""
ASK_AGAIN_SECONDS = 600.0
"""After which a server that refused a way is asked for it again: it may have learnt it."""
MOST_SHOWN = 8_000
"""Characters of a bad answer that the model is shown when it has to repair it."""
MOST_BYTES = 4_000_000
"""Of a reply; whatever sends more is no language model."""
MOST_TOKENS = 100_000_000
"""In one usage; a greater number is none."""

Shape = TypeVar("Shape", bound=BaseModel)
log = structlog.get_logger()


@dataclass(frozen=True)
class Answer(Generic[Shape]):
    """What a model answered, and what it took."""

    value: Shape
    report: StageReport


@dataclass(frozen=True)
class _Reply:
    """One completion: its text, or why there is none worth reading."""

    text: str
    fault: str | None
    tokens_in: int
    tokens_out: int


class _Ready(BaseModel):
    ready: bool


class _TooLong(TicketError):
    """The prompt does not fit into the model's context."""


class _Rejected(TicketError):
    """The server finds the request wrong (400, 422, ...)."""


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
        self._key = _Key(settings)
        self._call_seconds = settings.llm_call_seconds
        self._budget = settings.backend_seconds
        self._parameters = settings.openai_parameters
        self._prices = settings.openai_prices.get(self.model, (0.0, 0.0))
        self._mode: Mode = "json_schema"
        self._mode_until = 0.0
        try:
            self._client = AsyncOpenAI(
                api_key=self._key.current,
                base_url=settings.openai_base_url,
                timeout=self._call_seconds,
                max_retries=0,  # the guard's task
                default_headers={"Accept-Encoding": "identity"},
                http_client=DefaultAsyncHttpxClient(event_hooks={"response": [_limit]}),
            )
        except Exception:  # the HTTP library's own, which name no setting
            raise ConfigurationError(
                "TICKETSTREAM_OPENAI_BASE_URL is no address: it looks like https://host/v1"
            ) from None

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def ping(self) -> None:
        """
        Return if the server knows us, without paying for an answer.

        Raises:
            Unavailable, Refused: As `ask`; whether the server has the model, only `ask` tells.
        """
        with _errors_translated():
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
            shorter: returns less data, for when a model cannot or will not answer on all of it.
            faults: says what is wrong with an answer in *shape*, in words for the model.

        Raises:
            Unavailable: The server is away, or answered too late.

            Refused: It refuses key, quota or model.

            BadAnswer: The model answered twice, and neither fits. Has the report.
        """
        until = monotonic() + self._budget
        asking = _Asking(stage, prompt, data, shape, faults)
        spent = _Spent(self, prompt)
        reply = await self._reply(asking, spent, until)
        value, fault = asking.read(reply)
        if value is None:
            if reply.fault:
                asking.ask_anew(shorter())
            else:
                asking.show(reply.text, fault)
                if "{" not in reply.text and self._mode == MODES[0]:
                    self._use(MODES[1])  # it takes the schema, and does not mind it
            log.info("second try", stage=stage, model=self.model, reason=reply.fault or "misfit")
            reply = await self._reply(asking, spent, until)
            value, fault = asking.read(reply)
        if value is None:
            raise BadAnswer(reply.fault or "the answer does not fit", report=spent.report())
        return Answer(value, spent.report())

    async def _reply(self, asking: _Asking[Any], spent: _Spent, until: float) -> _Reply:
        """Return the server's next reply, however often it takes to get one."""

        async def once() -> _Reply:
            return await self._richest(asking)

        try:
            reply = await self.guard.call(once, seconds=max(0.1, until - monotonic()))
        except _TooLong:
            return _Reply("", "the prompt is too long for the model", 0, 0)
        except _Rejected:
            return _Reply("", "the server rejects the request", 0, 0)
        spent.add(asking.stage, reply)
        return reply

    async def _richest(self, asking: _Asking[Any]) -> _Reply:
        """Ask in the richest way that the server knows, and remember which one that is."""
        if monotonic() > self._mode_until:
            self._mode = MODES[0]
        for mode in MODES[MODES.index(self._mode) :]:
            try:
                reply = await self._complete(asking, mode)
            except _Rejected:
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

    async def _complete(self, asking: _Asking[Any], mode: Mode) -> _Reply:
        """Return one completion. Raises what `_translated` makes of the client's errors."""
        began, outcome = monotonic(), "unavailable"
        try:
            with _errors_translated():
                async with asyncio.timeout(self._call_seconds):
                    made = await self._client.chat.completions.create(
                        model=self.model,
                        messages=cast(Any, asking.messages(mode)),
                        response_format=cast(Any, asking.response_format(mode)),
                        extra_body=self._parameters,
                    )
            reply = _read(made)
            outcome = "answered"
            return reply
        except (_TooLong, _Rejected, Refused) as error:
            outcome = "refused" if isinstance(error, Refused) else "rejected"
            raise
        finally:
            metrics.LLM_CALLS.labels(asking.stage, outcome).inc()
            metrics.LLM_SECONDS.labels(asking.stage).observe(monotonic() - began)


class _Asking(Generic[Shape]):
    """A question to a model, and how its answer is read."""

    def __init__(
        self,
        stage: str,
        prompt: Prompt,
        data: Mapping[str, Any],
        shape: type[Shape],
        faults: Callable[[Shape], str | None],
    ) -> None:
        self.stage = stage
        self._prompt = prompt
        self._shape = shape
        self._schema = shape.model_json_schema()
        self._faults = faults
        self._said: list[dict[str, str]] = []
        self.ask_anew(data)

    def ask_anew(self, data: Mapping[str, Any]) -> None:
        """Forget what was said, and ask about *data*."""
        self._said = [{"role": "user", "content": json.dumps(data, ensure_ascii=False)}]

    def show(self, answer: str, fault: str) -> None:
        """Let the next question show *answer* and what is wrong with it."""
        again = f"That does not fit: {fault}. Answer again, with the whole JSON object alone."
        self._said += [
            {"role": "assistant", "content": answer[:MOST_SHOWN] or "(nothing)"},
            {"role": "user", "content": again},
        ]

    def messages(self, mode: Mode) -> list[dict[str, str]]:
        """Return the messages to send; without json_schema, the schema stands in the prompt."""
        told = self._prompt.text
        if mode != "json_schema":
            told += (
                "\n\nAnswer with one JSON object and nothing else, by this JSON schema:\n"
                f"<schema>\n{json.dumps(self._schema, ensure_ascii=False)}\n</schema>"
            )
        return [{"role": "system", "content": told}, *self._said]

    def response_format(self, mode: Mode) -> Any:
        """Return what tells the server in which form to answer."""
        if mode == "json_schema":
            described = {"name": self.stage, "strict": True, "schema": self._schema}
            return {"type": mode, "json_schema": described}
        return {"type": mode} if mode == "json_object" else openai.omit

    def read(self, reply: _Reply) -> tuple[Shape | None, str]:
        """Return the answer in *reply*, or None and what is wrong with it."""
        if reply.fault:
            return None, reply.fault
        try:
            value = self._shape.model_validate_json(_object_in(reply.text))
        except ValidationError as error:
            return None, fields_at_fault(error)
        except (ValueError, RecursionError):
            return None, "it cannot be read as JSON"
        fault = self._faults(value)
        return (None, fault) if fault else (value, "")


class _Spent:
    """What the answers to one question took."""

    def __init__(self, model: LanguageModel, prompt: Prompt) -> None:
        self._model = model
        self._prompt = prompt
        self._calls = self._tokens_in = self._tokens_out = 0

    def add(self, stage: str, reply: _Reply) -> None:
        self._calls += 1
        self._tokens_in += reply.tokens_in
        self._tokens_out += reply.tokens_out
        metrics.LLM_TOKENS.labels(stage, "in").inc(reply.tokens_in)
        metrics.LLM_TOKENS.labels(stage, "out").inc(reply.tokens_out)
        metrics.LLM_COST.labels(stage).inc(self._dollars(reply.tokens_in, reply.tokens_out))

    def report(self) -> StageReport:
        return StageReport(
            backend=self._model.name,
            prompt=self._prompt.version,
            model=self._model.model,
            calls=self._calls,
            tokens_in=self._tokens_in,
            tokens_out=self._tokens_out,
            cost_usd=round(self._dollars(self._tokens_in, self._tokens_out), 8),
        )

    def _dollars(self, tokens_in: int, tokens_out: int) -> float:
        price_in, price_out = self._model._prices
        return (tokens_in * price_in + tokens_out * price_out) / 1e6


class _Key:
    """The API key: a setting, or a file that is read again whenever it has changed."""

    def __init__(self, settings: Settings) -> None:
        self._file = settings.openai_api_key_file
        self._read_at: int | None = None
        self._key = ""
        if self._file:
            self._reread(self._file)
        else:
            self._key = _checked(
                settings.openai_api_key.get_secret_value(), "TICKETSTREAM_OPENAI_API_KEY"
            )

    async def current(self) -> str:
        """Return the key of now; a placeholder if there is none, which local servers take."""
        if self._file:
            try:
                self._reread(self._file)
            except ConfigurationError as error:
                log.warning("the last key stays in use", reason=str(error))
        return self._key or "none"

    def _reread(self, file: Path) -> None:
        name = "TICKETSTREAM_OPENAI_API_KEY_FILE"
        try:
            changed = file.stat().st_mtime_ns
            if changed == self._read_at:
                return
            text = file.read_text(encoding="utf-8-sig")
        except (OSError, ValueError):
            raise ConfigurationError(f"{name}: the file cannot be read") from None
        self._key, self._read_at = _checked(text, name), changed


def _checked(key: str, name: str) -> str:
    """Return *key* without blanks around it, or raise ConfigurationError: it can be none."""
    key = key.strip()
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigurationError(f"{name}: a key has neither blanks nor letters beyond ASCII")
    return key


def _read(made: ChatCompletion) -> _Reply:
    """
    Return what *made* says. The client checks no type, so anything may stand anywhere.

    Raises:
        Unavailable: It is not a completion: something between us and the server answered.
    """
    if not isinstance(getattr(made, "choices", None), list):
        raise Unavailable("the server's reply is not a completion")
    choice = made.choices[0] if made.choices else None
    message = getattr(choice, "message", None)
    content, finish = getattr(message, "content", None), getattr(choice, "finish_reason", None)
    fault = None
    if getattr(message, "refusal", None) or finish == "content_filter":
        fault = "the model refuses"
    elif finish == "length":
        fault = "the answer was cut off"
    text = content if isinstance(content, str) else ""
    return _Reply(
        text.encode("utf-8", "replace").decode(),
        fault,
        _tokens(made, "prompt_tokens"),
        _tokens(made, "completion_tokens"),
    )


def _tokens(made: ChatCompletion, kind: str) -> int:
    """Return the number of tokens of *kind*; 0 if the server does not count, or cannot."""
    count = getattr(made.usage, kind, None)
    return count if isinstance(count, int) and 0 <= count <= MOST_TOKENS else 0


async def _limit(response: Any) -> None:
    """Have the reading of *response* fail once it is too large, packed or not."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise Unavailable("the server packs its reply, though it was asked not to")
    response.stream = _Limited(response.stream)


class _Limited(httpx2.AsyncByteStream):
    """A body of which at most MOST_BYTES are read."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for part in self._stream:
            size += len(part)
            if size > MOST_BYTES:
                raise Unavailable("the server's reply is too large")
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


def _object_in(text: str) -> str:
    """Return the JSON object in *text*, which models like to put into a fence or after prose."""
    begin, end = text.find("{"), text.rfind("}")
    return text[begin : end + 1] if 0 <= begin < end else text


class _errors_translated:  # noqa: N801  # reads as what it does
    """Turns whatever a call raises into ours. No message is kept: it may quote us."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, Exception) and not isinstance(error, TicketError):
            raise _translated(error) from None


def _translated(error: Exception) -> Exception:
    """Return *error* as one of ours. What is not a server's answer counts as none."""
    if not isinstance(error, openai.APIStatusError):
        late = isinstance(error, (openai.APITimeoutError, TimeoutError))
        return Unavailable("the server took too long" if late else "the server did not answer")
    status, said = error.status_code, str(error.body or "")[:MOST_SHOWN]
    told = next((why for pattern, why in _REFUSALS.items() if re.search(pattern, said)), None)
    refusal = _REFUSED_BY.get(status) or (told if status in (400, 429) else None)
    if refusal:
        return Refused(refusal)
    if status in (400, 413, 422):
        return _TooLong() if status == 413 or _NO_ROOM.search(said) else _Rejected()
    if status in (415, 501) or (status == 500 and _FORMAT.search(said)):
        return _Rejected()
    return Unavailable(f"the server answered {status}", retry_after=_seconds(error.response))


_NO_ROOM = re.compile(
    r"context.{0,20}(?:length|window|size)|too (?:long|many tokens)|max.{0,9}tokens", re.I
)
_FORMAT = re.compile(r"response_format|json_schema|json_object")
"""Some servers answer 500 to a form of answer that they do not know."""
_PATH = "the server lacks the model or the path: set TICKETSTREAM_OPENAI_MODEL or _BASE_URL"
_KEY = "the server refuses the key: set TICKETSTREAM_OPENAI_API_KEY"
_CREDIT = "the account has no credit, or its quota is used up"
_REFUSED_BY = {401: _KEY, 402: _CREDIT, 403: _KEY, 404: _PATH, 405: _PATH}
"""What a person must mend, by status."""
_REFUSALS = {
    r"insufficient_quota|billing_(?:not_active|hard_limit)|account_deactivated": _CREDIT,
    r"model_not_found": _PATH,
    r"(?i)invalid.api.key|api key (?:is )?(?:not valid|invalid|expired)": _KEY,
}
"""The same by what is said with 400 or 429; servers differ in where they say it."""


def _seconds(response: Any) -> float | None:
    """Return the seconds of `Retry-After`, which may be a number or a date (RFC 9110)."""
    asked = str(response.headers.get("retry-after", "")).strip()
    try:
        return max(0.0, float(asked))
    except ValueError:
        pass
    try:
        at = parsedate_to_datetime(asked)
        return max(0.0, (at.astimezone(UTC) - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError):
        return None
