"""What the classifier that is made of the taxonomy alone makes of a message."""

from __future__ import annotations

import pytest

from schemas import IncomingTicket
from streams.backends.embedded.classifier import EmbeddedClassifier
from streams.definitions.taxonomy import Taxonomy, load
from streams.ports import Classification
from streams.reading.message import read_message
from tests.support.readings import PHRASES


@pytest.fixture(scope="module")
def taxonomy() -> Taxonomy:
    """Return the default one."""
    return load()


@pytest.fixture(scope="module")
def classifier(taxonomy: Taxonomy) -> EmbeddedClassifier:
    """Return a classifier by the default taxonomy."""
    return EmbeddedClassifier(taxonomy)


async def classified(classifier: EmbeddedClassifier, message: str) -> Classification:
    """Return what *classifier* makes of *message*."""
    ticket = IncomingTicket(ticket_id="1", raw_message=message)
    return await classifier.classify(ticket, read_message(ticket, phrases=PHRASES))


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
async def test_categories(classifier: EmbeddedClassifier, message: str, category: str) -> None:
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
async def test_priorities(classifier: EmbeddedClassifier, message: str, priority: str) -> None:
    """
    What stops the customer comes first, what troubles him second, questions last.
    """
    assert (await classified(classifier, message)).priority == priority


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
