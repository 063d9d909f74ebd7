"""What every classifier does, and what each makes of its taxonomy."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from schemas import IncomingTicket, Reading
from streams.backends.embedded.classifier import EmbeddedClassifier
from streams.backends.embedded.ridge import RidgeModel, softmax
from streams.backends.openai.classifier import OpenAIClassifier
from streams.backends.openai.model import LanguageModel
from streams.definitions.taxonomy import Taxonomy, load_taxonomy
from streams.ports import Classification, Classifier
from streams.reading.message import read_message
from streams.settings import Settings
from tests.support.llm import LlmServer, Say
from tests.support.readings import PHRASES


@pytest.fixture(scope="module")
def taxonomy() -> Taxonomy:
    """The default one."""
    return load_taxonomy()


@pytest.fixture(scope="module")
def classifier(taxonomy: Taxonomy) -> Classifier:
    """The embedded one."""
    return EmbeddedClassifier(taxonomy)


async def classified(classifier: Classifier, message: str) -> Classification:
    """Return what *classifier* makes of *message*."""
    ticket = IncomingTicket(ticket_id="1", raw_message=message)
    return await classifier.classify(ticket, read_message(ticket, phrases=PHRASES))


@pytest.fixture
async def asking(llm: LlmServer, taxonomy: Taxonomy) -> AsyncIterator[Classifier]:
    """The one that asks a language model."""
    model = LanguageModel(Settings(openai_base_url=llm.url, openai_model="test-model"))
    yield OpenAIClassifier(model, taxonomy, EmbeddedClassifier(taxonomy))
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


async def test_the_same_ticket_gets_the_same_answer(taxonomy: Taxonomy) -> None:
    """
    Two workers with one taxonomy agree to the last digit.
    """
    message = "The invoice shows the wrong amount"
    one, other = EmbeddedClassifier(taxonomy), EmbeddedClassifier(taxonomy)

    assert await classified(one, message) == await classified(other, message)


@pytest.mark.parametrize(
    ("message", "category"),
    [
        ("My bank statement lists your yearly fee two times", "Billing"),
        ("Bitte schicken Sie mir die Rechnung vom März", "Billing"),
        ("Opening any spreadsheet gives an internal error", "Technical"),
        ("Our webhook has not been called since Tuesday", "Technical"),
        ("Nadie en la empresa puede trabajar, es urgente", "Technical"),
        ("Niemand in der Firma kann arbeiten", "Technical"),
        ("Personne dans l'entreprise ne peut travailler", "Technical"),
        ("Nessuno in azienda riesce a lavorare", "Technical"),
        ("Niemand op kantoor kan werken", "Technical"),
        ("Ninguém na empresa consegue trabalhar", "Technical"),
        ("I cannot sign in, my password is refused", "Account"),
        ("J'ai oublié mon mot de passe", "Account"),
        ("It would be lovely to have a darker theme, could you add one?", "Feature Request"),
        ("We organise a conference and look for sponsors", "Other"),
    ],
)
async def test_categories(classifier: Classifier, message: str, category: str) -> None:
    """
    Plain cases of each category are told apart, not in English alone.
    """
    assert (await classified(classifier, message)).category == category


@pytest.mark.parametrize(
    ("message", "priority"),
    [
        ("The whole site is down for everyone", "P1"),
        ("I found an SQL injection in your login form", "P1"),
        ("Our workspace is suspended because no card goes through, we cannot pay at all", "P1"),
        ("A coworker logged in as me", "P1"),
        ("I want to kill myself", "P1"),
        ("Ich weiß, wo du wohnst", "P1"),
        ("Nadie en la empresa puede trabajar", "P1"),
        ("There is no outage, nothing is down, where do I find my boards?", "P3"),
        ("I was charged twice", "P2"),
        ("This is ridiculous!!! Third time I ask you for my invoice!", "P2"),
        ("The export fails and the deadline is tonight", "P2"),
        ("How do refunds work?", "P3"),
        ("Please add a dark mode", "P3"),
        ("Where do I find my invoices?", "P3"),
    ],
)
async def test_priorities(classifier: Classifier, message: str, priority: str) -> None:
    """
    What stops the customer comes first, what troubles him second, questions last.
    """
    assert (await classified(classifier, message)).priority == priority


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


async def test_a_users_own_taxonomy() -> None:
    """
    Categories of which we have never heard work as well, from examples alone.
    """
    fruit = {"name": "Fruit", "examples": ["ripe apples", "a pear", "sweet oranges and lemons"]}
    tools = {"name": "Tools", "examples": ["a hammer", "nails and screws", "an electric drill"]}
    levels = {"P1": {"sla_hours": 1}, "P2": {"sla_hours": 2}, "P3": {"sla_hours": 3}}
    taxonomy = Taxonomy.model_validate(
        {
            "version": "shop",
            "fallback": "Garden",
            "priorities": levels,
            "categories": [
                {"name": "Garden", "team": "g", "subcategories": [fruit]},
                {"name": "Workshop", "team": "w", "subcategories": [tools]},
            ],
        }
    )
    classifier = EmbeddedClassifier(taxonomy)

    assert (await classified(classifier, "the screws and nails are bent")).category == "Workshop"
    assert (await classified(classifier, "these oranges and apples are old")).category == "Garden"


def test_confidence_is_honest() -> None:
    """
    On texts that could be either, no label is given more than chance would.
    """
    texts = ["red apple", "green apple", "yellow apple", "old apple"] * 2
    model = RidgeModel(texts, [0] * 4 + [1] * 4, 2)

    assert softmax(model.logits(["blue apple"]))[0] == pytest.approx([0.5, 0.5], abs=0.05)
