"""
What a trace shows of one call of a model: OpenTelemetry's conventions for generative AI.

Neither prompt nor answer is among it, nor what a server calls its model or its answer: those
are words of others.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from streams.backends.openai.question import Mode
from streams.backends.openai.reply import Reply
from streams.tracing import Attribute, TraceSpan


def chat_attributes(
    provider: str, model: str, base_url: str, stage: str, mode: Mode
) -> dict[str, Attribute]:
    """Return what is known of a call before it is made."""
    address = urlsplit(base_url)
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": provider,
        "gen_ai.request.model": model,
        "gen_ai.output.type": "text" if mode == "text" else "json",
        "server.address": address.hostname or "",
        "server.port": address.port or (443 if address.scheme == "https" else 80),
        "ticketstream.stage": stage,
    }


def show_reply(span: TraceSpan, reply: Reply) -> None:
    """Say what *reply* took, and what is wrong with it if something is."""
    span.set("gen_ai.usage.input_tokens", reply.tokens_in)
    span.set("gen_ai.usage.output_tokens", reply.tokens_out)
    span.set("gen_ai.usage.cache_read.input_tokens", reply.cached)
    if reply.fault:
        span.set("ticketstream.fault", reply.fault)
