"""What every classifier does, whatever backend it is."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from schemas import IncomingTicket, Reading
from streams.backends.embedded.classifier import EmbeddedClassifier
from streams.backends.openai.classifier import OpenAIClassifier
from streams.backends.openai.model import LanguageModel
from streams.definitions.taxonomy import Taxonomy, load_taxonomy
from streams.ports import Classifier
from streams.prompts import prompt_of
from streams.settings import Settings
from tests.support.llm import LlmServer
from tests.support.readings import classified


@pytest.fixture(scope="module")
def taxonomy() -> Taxonomy:
    """The default one."""
    return load_taxonomy()


@pytest.fixture(scope="module")
def classifier(taxonomy: Taxonomy) -> Classifier:
    """The embedded one."""
    return EmbeddedClassifier(taxonomy)


@pytest.fixture
async def asking(llm: LlmServer, taxonomy: Taxonomy) -> AsyncIterator[Classifier]:
    """The one that asks a language model."""
    model = LanguageModel(Settings(openai_base_url=llm.url, openai_model="test-model"))
    yield OpenAIClassifier(model, taxonomy, EmbeddedClassifier(taxonomy), prompt_of("triage"))
    await model.close()


@pytest.fixture(params=["classifier", "asking"])
def any_classifier(request: pytest.FixtureRequest) -> Classifier:
    """Each of them."""
    found: Classifier = request.getfixturevalue(request.param)
    return found


@pytest.mark.parametrize(
    "message",
    ["I was charged twice", "x", "??", "متى يصل", "a" * 50_000, "\0", "word " * 5_000, "thanks!"],
)
async def test_every_value_is_the_taxonomys(
    any_classifier: Classifier, taxonomy: Taxonomy, message: str
) -> None:
    """
    Whatever a customer writes, the answer lies within the taxonomy.
    """
    found = await classified(any_classifier, message)

    leaves = {(c.name, s.name) for c in taxonomy.categories for s in c.subcategories}
    assert (found.category, found.subcategory) in leaves
    assert found.priority in taxonomy.priorities
    assert found.sentiment in ("satisfied", "neutral", "frustrated")
    assert 0 <= found.confidence <= 1


async def test_what_needs_no_answer_is_nobodys_hurry(
    any_classifier: Classifier, taxonomy: Taxonomy, llm: LlmServer
) -> None:
    """
    Thanks go to the fallback category, P3, however urgent their words.
    """
    ticket = IncomingTicket(ticket_id="1", raw_message="The outage is over, thanks")
    reading = Reading(text=ticket.raw_message, kind="thanks", signals=("outage",))

    found = await any_classifier.classify(ticket, reading)

    assert (found.category, found.priority) == (taxonomy.fallback, "P3")
    assert llm.calls == []  # and nobody pays for it
