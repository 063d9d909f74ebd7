"""What a trace shows of a model's calls."""

from __future__ import annotations

from collections.abc import Callable

from streams import tracing
from streams.backends.openai.call_span import chat_attributes
from streams.backends.openai.model import LanguageModel
from tests.backends.openai.asking import asked
from tests.support.llm import LlmServer, Say
from tests.support.recorded_spans import named, recorded

Make = Callable[..., LanguageModel]


async def test_a_call(llm: LlmServer, make: Make) -> None:
    """
    A call is a client's span by OpenTelemetry's conventions, with tokens and without words.
    """
    with recorded() as spans:
        answer = await asked(make())

    (chat,) = spans
    assert (chat.name, chat.kind, chat.failed) == ("chat test-model", "client", False)
    assert chat.attributes == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "test-model",
        "gen_ai.output.type": "json",
        "gen_ai.usage.cache_read.input_tokens": 0,
        "gen_ai.usage.input_tokens": answer.report.tokens_in,
        "gen_ai.usage.output_tokens": answer.report.tokens_out,
        "server.address": "127.0.0.1",
        "server.port": int(llm.url.split(":")[2].split("/")[0]),
        "ticketstream.stage": "triage",
    }
    assert answer.report.tokens_in > 0


async def test_calls_that_fail(llm: LlmServer, make: Make) -> None:
    """
    Each try is a span with its error's class; the span around them says that another try follows.
    """
    llm.next(Say.status(500), Say.rate_limited(0))
    with recorded() as spans, tracing.span("around", "consumer", {}):
        await asked(make())

    around, *tries = spans
    assert [chat.attributes.get("error.type") for chat in tries] == [
        "Unavailable",
        "RateLimited",
        None,
    ]
    assert [chat.failed for chat in tries] == [True, True, False]
    assert around.events == tuple(
        (
            "ticketstream.retry",
            {"error.type": kind, "ticketstream.attempt": number, "ticketstream.backend": "llm"},
        )
        for number, kind in ((1, "Unavailable"), (2, "RateLimited"))
    )


async def test_an_answer_that_does_not_fit(llm: LlmServer, make: Make) -> None:
    """
    A second try says why, and none of the answer.
    """
    llm.next(Say.answer_with({"kind_of_problem": "canary", "queries": []}))
    with recorded() as spans, tracing.span("around", "consumer", {}):
        await asked(make())

    around, *tries = spans
    assert around.events == (("ticketstream.second_try", {"ticketstream.reason": "misfit"}),)
    assert len(named(tries, "chat test-model")) == 2
    assert "canary" not in str(spans)


async def test_a_call_that_takes_too_long(llm: LlmServer, make: Make) -> None:
    """
    It has failed, as any call that has no answer.
    """
    llm.next(Say.wait(2))
    with recorded() as spans:
        await asked(make(llm_call_seconds=0.2))

    assert spans[0].failed
    assert spans[0].attributes["error.type"] == "Unavailable"


def test_where_a_model_is() -> None:
    """
    Host and port are shown; what else stands in the address, as a password, is not.
    """
    found = chat_attributes("openai", "m", "https://me:canary@llm.example/v1?k=canary", "s", "text")

    assert (found["server.address"], found["server.port"]) == ("llm.example", 443)
    assert found["gen_ai.output.type"] == "text"
    assert "canary" not in str(found)
