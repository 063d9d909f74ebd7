"""Triage by a language model: what it is told, and what of its answer counts."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from schemas import IncomingTicket
from streams.backends.embedded.classifier import EmbeddedClassifier
from streams.backends.openai.classifier import OpenAIClassifier
from streams.backends.openai.model import LanguageModel
from streams.definitions.taxonomy import load_taxonomy
from streams.off_loop import THREAD_NAME
from streams.ports import Classification, Classifier
from streams.prompts import prompt_of
from streams.reading.message import read_message
from streams.settings import Settings
from tests.support.llm import LlmServer, Say
from tests.support.readings import PHRASES


@pytest.fixture
async def asking(llm: LlmServer) -> AsyncIterator[Classifier]:
    """Return a classifier that asks *llm*."""
    model = LanguageModel(Settings(openai_base_url=llm.url, openai_model="test-model"))
    taxonomy = load_taxonomy()
    yield OpenAIClassifier(model, taxonomy, EmbeddedClassifier(taxonomy), prompt_of("triage"))
    await model.close()


async def classified(classifier: Classifier, message: str) -> Classification:
    """Return what *classifier* makes of *message*."""
    ticket = IncomingTicket(ticket_id="1", raw_message=message)
    return await classifier.classify(ticket, read_message(ticket, phrases=PHRASES))


async def test_what_the_model_is_told(llm: LlmServer, asking: Classifier) -> None:
    """
    The taxonomy's values and what they mean; of the ticket neither name nor address.
    """
    ticket = IncomingTicket(
        ticket_id="1",
        raw_message="I was charged twice",
        customer_name="John Doe",
        customer_email="john@example.com",
    )
    found = await asking.classify(ticket, read_message(ticket, phrases=PHRASES))
    assert (found.category, found.subcategory) == ("Billing", "Duplicate Charge")
    told = llm.calls[0].body["messages"][0]["content"]
    assert '"Billing > Duplicate Charge": The customer was charged twice' in told
    assert "$" not in told
    sent = str(llm.calls[0].body)
    assert "John" not in sent
    assert "john@example.com" not in sent


async def test_the_models_queries_are_bounded(llm: LlmServer, asking: Classifier) -> None:
    """
    Four at most, none empty or endless: each costs a search.
    """
    values = {"kind_of_problem": "Billing > Duplicate Charge", "priority": "P2"}
    values |= {"sentiment": "neutral"}
    queries = [" ", "one", "x" * 9_999, "three", "four", "five"]
    llm.next(Say.answer_with({**values, "confidence": 1, "queries": queries}))
    found = await classified(asking, "I was charged twice, and more")
    assert [len(q) for q in found.queries] == [3, 300, 5]


@pytest.mark.parametrize("confidence", [-0.1, 1.1, "high", None])
async def test_a_confidence_that_is_none(
    llm: LlmServer, asking: Classifier, confidence: object
) -> None:
    """
    It is repaired, as a category that does not exist would be.
    """
    values = {"kind_of_problem": "Billing > Duplicate Charge", "priority": "P2"}
    llm.next(
        Say.answer_with({**values, "sentiment": "neutral", "confidence": confidence, "queries": []})
    )
    found = await classified(asking, "I was charged twice")
    assert found.report
    assert found.report.calls == 2


async def test_a_ticket_is_prepared_in_the_thread_for_long_work(
    llm: LlmServer, asking: Classifier, hiding_threads: list[str]
) -> None:
    """
    It takes a quarter of a second with some long tickets. More threads than one would compete
    with the loop for the interpreter.
    """
    await classified(asking, "How do I export? " + "1 " * 2_000)
    assert hiding_threads
    assert all(name.startswith(THREAD_NAME) for name in hiding_threads)
