"""What both rivals do with a ticket, and where they find Kafka, topics and the model."""

from __future__ import annotations

import json
import os
from typing import Any

import aiohttp
from tenacity import retry, stop_after_attempt, wait_random_exponential

BROKERS = os.environ.get("CHAOS_BROKERS", "localhost:9092")
READS = os.environ.get("CHAOS_READS", "incoming-tickets")
WRITES = os.environ.get("CHAOS_WRITES", "ticket-processed")
GROUP = os.environ.get("CHAOS_GROUP", "rival")
LLM = os.environ.get("CHAOS_LLM", "http://localhost:8000/v1")
SESSION_SECONDS = float(os.environ.get("CHAOS_SESSION_SECONDS", "10"))
NAME = os.environ.get("CHAOS_WORKER", "rival")
TRIES = int(os.environ.get("CHAOS_TRIES", "6"))
CONCURRENCY = 8


@retry(stop=stop_after_attempt(TRIES), wait=wait_random_exponential(0.1, max=2), reraise=True)
async def answered(ticket: dict[str, Any]) -> dict[str, Any]:
    """Return the result of *ticket*: what the model says about it, beside what names it."""
    question = {"role": "user", "content": json.dumps({"ticket": {"text": ticket["raw_message"]}})}
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {NAME}"}) as http,
        http.post(
            f"{LLM}/chat/completions", json={"model": "test-model", "messages": [question]}
        ) as reply,
    ):
        reply.raise_for_status()
        said = (await reply.json())["choices"][0]["message"]["content"]
    known = {name: ticket[name] for name in ("ticket_id", "message_id", "revision")}
    return {**known, "answer": said}
