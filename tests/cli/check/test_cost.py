"""What `ticketstream check` says of the dollars of a ticket."""

from __future__ import annotations

from typing import Any

import pytest

from streams.backends.openai.exam import ExamResult
from streams.cli.check.cost import look_at_cost
from streams.cli.check.diagnosis import Diagnosis
from streams.cli.check.pointing import CheckedExam
from streams.errors import Unavailable
from streams.settings import Settings
from tests.support.llm import LlmServer, Say

PRICES = {"a-model": (2.0, 10.0)}
USAGE = {"prompt_tokens": 1_000, "completion_tokens": 50}
"""About what a draft takes."""


class KnownExam(CheckedExam):
    """An exam whose result a test says; None is a model that does not answer."""

    def __init__(self, right: int | None = 9) -> None:
        self._right = right

    async def result(self) -> ExamResult:
        """Return it."""
        if self._right is None:
            raise Unavailable("it does not answer")
        return ExamResult(self._right, answerable=9, left_open=2, unanswerable=2, decoys=0)


PASSED, FAILED, AWAY = KnownExam(), KnownExam(0), KnownExam(None)


def settings_for(server: LlmServer, **more: Any) -> Settings:
    """Return settings with the model at *server*."""
    return Settings(llm="openai", openai_base_url=server.url, openai_model="a-model", **more)


async def cost(server: LlmServer, exam: CheckedExam = PASSED, **more: Any) -> Diagnosis:
    """Return what is found of the model at *server*."""
    found, *others = await look_at_cost(settings_for(server, **more), exam)
    assert not others
    return found


async def test_what_the_server_counts() -> None:
    """
    Both prompts are asked for a ticket of the sample, and its tokens are those that are reported.
    """
    async with LlmServer() as server:
        server.default = Say.answer_with_usage(USAGE)
        found = await cost(server, openai_prices=PRICES)

    assert found == Diagnosis(
        "ok",
        "$0.005 a ticket, $5.00 for 1,000; triage 1,000 tokens in, 50 out;"
        " drafting 1,000 tokens in, 50 out",
    )
    assert [call.schema_name for call in server.calls] == ["triage", "drafting"]
    assert "webhooks" in str(server.calls[0].given)
    assert "webhook" in server.calls[1].given["lines"]


@pytest.mark.parametrize(
    ("exam", "drafts", "stages"),
    [
        (PASSED, "auto", ("triage", "drafting")),
        (FAILED, "auto", ("triage",)),
        (FAILED, "pointed", ("triage", "drafting")),
        (FAILED, "written", ("triage", "drafting")),
        (PASSED, "embedded", ("triage",)),
    ],
)
async def test_the_way_that_drafts(exam: CheckedExam, drafts: str, stages: tuple[str, ...]) -> None:
    """
    What counts are the calls of the way in which tickets will be drafted, as the server counts.
    """
    async with LlmServer() as server:
        found = await cost(server, exam, drafts=drafts)
        calls = {call.schema_name: call for call in server.calls}

    assert found.status == "ok"
    rows = [part for part in found.detail.split("; ") if " tokens in, " in part]
    assert rows == [
        f"{stage} {calls[stage].characters() // 4:,} tokens in,"
        f" {calls[stage].tokens() - calls[stage].characters() // 4:,} out"
        for stage in stages
    ]
    assert ("drafting costs nothing" in found.detail) == ("drafting" not in stages)
    assert ("failed the exam" in found.detail) == (exam is FAILED and drafts == "auto")
    if "drafting" in stages:
        assert ("passages" in calls["drafting"].given) == (drafts == "written")


async def test_a_model_whose_exam_could_not_be_held() -> None:
    """
    The draft's tokens are said, and that they depend on the exam.
    """
    async with LlmServer() as server:
        found = await cost(server, AWAY)

    assert "drafting " in found.detail
    assert found.detail.endswith("exam of pointing, which could not be held")


async def test_what_the_server_had_in_its_cache() -> None:
    """
    Such tokens are said, and have their price.
    """
    async with LlmServer() as server:
        details = {"prompt_tokens_details": {"cached_tokens": 900}}
        server.default = Say.answer_with_usage(USAGE | details)
        found = await cost(server, openai_prices={"a-model": (2.0, 10.0, 0.5)})

    assert found.detail.startswith("$0.0023 a ticket, $2.30 for 1,000")
    assert "1,000 tokens in, 50 out, 900 of those in from the server's cache" in found.detail


async def test_a_server_that_counts_nothing() -> None:
    """
    The tokens are estimated by the length of what was sent, and that is said.
    """
    async with LlmServer() as server:
        server.default = Say.answer_with_usage({})
        found = await cost(server, openai_prices=PRICES)
        sizes = [call.characters() // 4 for call in server.calls]

    assert found.detail.count("estimated: the server does not count them") == 2
    assert all(
        f"{size:,} tokens in" in found.detail.replace(f"{size + 1:,}", f"{size:,}")
        for size in sizes
    )


async def test_without_a_price() -> None:
    """
    The tokens are said all the same, and which setting tells of dollars.
    """
    async with LlmServer() as server:
        server.default = Say.answer_with_usage(USAGE)
        found = await cost(server)

    assert found.detail.startswith("price not set; triage 1,000 tokens in, 50 out;")
    assert (found.status, "TICKETSTREAM_OPENAI_PRICES" in found.mend) == ("ok", True)


async def test_how_many_tickets_a_day_pays_for() -> None:
    """
    A limit is easier to choose by tickets; to measure does not count against it.
    """
    async with LlmServer() as server:
        server.default = Say.answer_with_usage(USAGE)
        limits = {"daily_dollars": 10.0, "ticket_dollars": 0.000_001}
        found = await cost(server, PASSED, openai_prices=PRICES, **limits)

    assert "$10.00 a day are for 2,000;" in found.detail


async def test_a_repair_costs() -> None:
    """
    A model that has to be told again is dearer, and the number of calls is said.
    """
    async with LlmServer() as server:
        server.default = Say.answer_with_usage(USAGE)
        server.next(Say.nonsense())
        found = await cost(server, openai_prices={"a-model": (0, 10.0)})

    assert "in 2 calls" in found.detail


async def test_a_model_that_is_away_or_refuses() -> None:
    """
    What is wrong with it is said elsewhere.
    """
    async with LlmServer() as server:
        server.keys = {"right"}
        refused = await cost(server)
    away = await cost(server)

    for found in (refused, away):
        assert found == Diagnosis("skipped", "not tried: the language model does not answer")


async def test_without_a_model() -> None:
    """
    Nothing is called.
    """
    (found,) = await look_at_cost(Settings(), PASSED)

    assert (found.status, "costs nothing" in found.detail) == ("ok", True)


async def test_a_slow_model(monkeypatch: Any) -> None:
    """
    What a call costs that is not answered in time is estimated, and what was not tried is named.
    """
    monkeypatch.setattr("streams.cli.check.cost.SECONDS", 2)
    async with LlmServer() as server:
        server.default = Say.stall()
        found = await cost(server, openai_prices=PRICES)

    assert found.status == "ok"
    assert found.detail.count("1,000 out, estimated: the server does not answer in time") == 2


async def test_a_server_that_fails() -> None:
    """
    Calls that it does not answer are no part of what a ticket costs.
    """
    async with LlmServer() as server:
        server.default = Say.answer_with_usage(USAGE)
        server.next(Say.status(500), Say.status(502))
        found = await cost(server, openai_prices=PRICES)

    assert found.detail.startswith("$0.005 a ticket")


async def test_a_server_that_cuts_what_it_is_sent() -> None:
    """
    A context that is too small for the sample is told by the tokens that the server has read.
    """
    async with LlmServer() as server:
        server.default = Say.answer_with_usage({"prompt_tokens": 100, "completion_tokens": 50})
        _, found = await look_at_cost(settings_for(server), PASSED)

    assert found.status == "warning"
    assert "the server read 100 tokens for triage of about " in found.detail
    assert "OLLAMA_CONTEXT_LENGTH" in found.mend
