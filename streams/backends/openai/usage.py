"""What the answers to one question took: calls, tokens, dollars."""

from __future__ import annotations

from schemas import StageReport
from streams import metrics
from streams.backends.openai.reply import Reply
from streams.prompts import Prompt

BYTES_A_TOKEN = 4
"""About so many, to estimate what a server does not count."""

TokenRates = tuple[float, ...]
"""
Dollars for a million tokens in, and out; and, if it is another, for those in that the server had.
"""


def cost(price: TokenRates, tokens_in: float, tokens_out: float, cached: float = 0.0) -> float:
    """Return what tokens cost, in dollars. *cached*: how many of those in the server had."""
    into, out, *others = price
    fresh, known = (tokens_in - cached) * into, cached * (others[0] if others else into)
    return (fresh + known + tokens_out * out) / 1e6


def estimated(text: str) -> float:
    """Return about how many tokens *text* is."""
    return len(text.encode()) / BYTES_A_TOKEN


class Usage:
    """What the answers to one question took."""

    def __init__(self, *, backend: str, model: str, price: TokenRates, prompt: Prompt) -> None:
        self._backend = backend
        self._model = model
        self._price = price
        self._prompt = prompt
        self._calls = self._tokens_in = self._tokens_out = self._cached = 0

    def add(self, stage: str, reply: Reply) -> None:
        """Count *reply*, also in the metrics of *stage*."""
        self._calls += 1
        self._tokens_in += reply.tokens_in
        self._tokens_out += reply.tokens_out
        self._cached += reply.cached
        metrics.LLM_TOKENS.labels(stage, self._model, "in").inc(reply.tokens_in)
        metrics.LLM_TOKENS.labels(stage, self._model, "out").inc(reply.tokens_out)
        metrics.LLM_CACHED_TOKENS.labels(stage, self._model).inc(reply.cached)
        dollars = cost(self._price, reply.tokens_in, reply.tokens_out, reply.cached)
        metrics.LLM_COST.labels(stage, self._model).inc(dollars)
        for kind, tokens in (("input", reply.tokens_in), ("output", reply.tokens_out)):
            metrics.GEN_AI_TOKENS.labels("chat", self._backend, self._model, kind).observe(tokens)

    def report(self) -> StageReport:
        """Return what all of it took."""
        return StageReport(
            backend=self._backend,
            prompt=self._prompt.version,
            model=self._model,
            calls=self._calls,
            tokens_in=self._tokens_in,
            tokens_out=self._tokens_out,
            tokens_cached=self._cached,
            cost_usd=round(cost(self._price, self._tokens_in, self._tokens_out, self._cached), 8),
        )
