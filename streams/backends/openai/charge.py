"""
What a call is charged: the one place that decides it, for each request that is made.

    not sent (no connection)       nothing
    a plain refusal (4xx)          nothing
    everything else, however it    the tokens that stand in what was received; those that do not
    ended                          are estimated

Only of an answer that was read is it known how much the server had in its cache; anything else is
charged at the full price, which is never less.

A provider bills what its model has worked on, whether or not the answer reaches us whole. So a body
that is cut off, a gateway's 5xx, a reply that is no completion, a time-out and a cancelled call are
charged like an answer. Read a reply's usage here, before anybody rejects the reply.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from streams.backends.openai.reply import MOST_TOKENS, Reply, limit
from streams.backends.openai.usage import TokenRates, cost, estimated

OUTPUT_TOKENS = 1_000
"""Of an answer that nobody has seen, before the stage has had one, if no setting limits it."""
WORKED = (408, 499)
"""Statuses below 500 that gateways give for a call that took too long."""
_WORKED_ON = re.compile(rb"content_filter|failed_generation")
"""In a 4xx: the prompt was read, or an answer was made, and then it was refused."""
_LONGEST_ANSWER = ("max_completion_tokens", "max_tokens")
_USAGE = b'"usage"'


class Attempt:
    """One request for a completion: whether it was sent, and what came back."""

    def __init__(self) -> None:
        self.is_sent = False
        self.status: int | None = None
        self.received = bytearray()
        self.reply: Reply | None = None
        """What was read of it, if it could be."""

    async def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Note that the request is being sent. The HTTP library calls this at each step."""
        if event.endswith(".send_request_headers.started"):
            self.is_sent |= info["request"].method != b"CONNECT"  # which only asks a proxy

    @property
    def is_refused(self) -> bool:
        """Whether the server refused the request before it did any work."""
        if self.status is None or not 300 <= self.status < 500 or self.status in WORKED:
            return False
        return not _WORKED_ON.search(self.received)

    def counted(self, kind: str) -> int | None:
        """Return the tokens of *kind* that the server has counted, in a body of any sort."""
        usage = self.received[max(self.received.rfind(_USAGE), 0) :]
        found = re.search(rb'"%s"\s*:\s*(\d{1,9})\s*[,}]' % kind.encode(), usage)
        count = int(found[1]) if found and usage.startswith(_USAGE) else 0
        return count if 0 < count <= MOST_TOKENS else None


_attempt: ContextVar[Attempt | None] = ContextVar("attempt", default=None)


async def watch_request(request: Any) -> None:
    """Have the attempt that is being made know when *request* is sent. A hook of the client."""
    if attempt := _attempt.get():
        attempt.is_sent, attempt.status = False, None  # a redirect before this one was no work
        request.extensions["trace"] = attempt.trace


async def watch_response(response: Any) -> None:
    """Have the attempt know what is received, and that be no more than may be. A hook, too."""
    attempt = _attempt.get()
    if attempt:
        attempt.status = response.status_code
        attempt.received.clear()
    await limit(response, attempt.received.extend if attempt else None)


@dataclass(frozen=True)
class Taken:
    """What a call took, as it is charged."""

    tokens_in: float
    tokens_out: float
    cached: float
    dollars: float
    is_counted: bool
    """Whether the server has said so; else it is estimated."""
    is_answered: bool
    """Whether an answer was read."""
    estimated_in: float
    """Tokens in by the length of what was sent."""


class Tariff:
    """What calls of one model cost, also those of which nobody knows how they ended."""

    def __init__(self, price: TokenRates, parameters: Mapping[str, Any]) -> None:
        """*parameters* are sent with each call, and may limit the length of an answer."""
        self._price = price
        given = [parameters.get(name) for name in _LONGEST_ANSWER]
        self._longest = next((n for n in given if isinstance(n, int) and n > 0), None)
        self.watch: Callable[[str, Taken], None] = lambda *_: None
        """Is told what each call took, and for which stage."""
        self._answers: defaultdict[str, tuple[int, float]] = defaultdict(lambda: (0, 0.0))

    @contextmanager
    def charged(
        self, stage: str, messages: Sequence[Mapping[str, str]], pay: Callable[[float], None]
    ) -> Iterator[Attempt]:
        """
        Give an attempt to make one request in; then *pay* what it costs, however it ended.

        Args:
            stage: whose answers are alike in length.
            messages: what is sent.
            pay: is called once at most, with dollars.
        """
        attempt = Attempt()
        token = _attempt.set(attempt)
        try:
            yield attempt
        finally:
            _attempt.reset(token)
            if taken := self._taken(attempt, stage, messages):
                self.watch(stage, taken)
                if taken.dollars:
                    pay(taken.dollars)

    def output(self, stage: str) -> float:
        """Return how many tokens an answer to *stage* has that nobody has seen."""
        if self._longest is not None:
            return self._longest
        count, tokens = self._answers[stage]
        return tokens / count if count else OUTPUT_TOKENS

    def _taken(
        self, attempt: Attempt, stage: str, messages: Sequence[Mapping[str, str]]
    ) -> Taken | None:
        if attempt.reply:
            known_in, known_out = self._answered(stage, attempt.reply)
        else:
            known_in, known_out = map(attempt.counted, ("prompt_tokens", "completion_tokens"))
        is_counted = known_in is not None or known_out is not None
        if not attempt.is_sent or (attempt.is_refused and not is_counted):
            return None
        cached = attempt.reply.cached if attempt.reply else 0
        sent = sum(estimated(m["content"]) for m in messages)
        asked = sent if known_in is None else known_in
        answered = self.output(stage) if known_out is None else known_out
        dollars = cost(self._price, asked, answered, cached)
        return Taken(
            tokens_in=asked,
            tokens_out=answered,
            cached=cached,
            dollars=dollars,
            is_counted=known_in is not None,
            is_answered=attempt.reply is not None,
            estimated_in=sent,
        )

    def _answered(self, stage: str, reply: Reply) -> tuple[float | None, float | None]:
        """Return the tokens in and out of *reply*, None where nobody can tell; remember these."""
        out = reply.tokens_out or estimated(reply.text)
        if out:
            count, tokens = self._answers[stage]
            self._answers[stage] = (count + 1, tokens + out)
        return reply.tokens_in or None, out if out or reply.tokens_in else None
