"""What the classifier that is made of the taxonomy alone makes of a message."""

from __future__ import annotations

from typing import Any

import pytest

from schemas import IncomingTicket, Reading
from streams.backends.embedded.classifier import EmbeddedClassifier
from streams.definitions.taxonomy import Taxonomy, load_taxonomy
from streams.ports import Classification
from tests.support.readings import classified


@pytest.fixture(scope="module")
def taxonomy() -> Taxonomy:
    """Return the default one."""
    return load_taxonomy()


@pytest.fixture(scope="module")
def classifier(taxonomy: Taxonomy) -> EmbeddedClassifier:
    """Return a classifier by the default taxonomy."""
    return EmbeddedClassifier(taxonomy)


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


LEVELS = {"P1": {"sla_hours": 1}, "P2": {"sla_hours": 2}, "P3": {"sla_hours": 3}}


def a_shop(**fruit: Any) -> EmbeddedClassifier:
    """Return a classifier for a shop of fruit and tools; *fruit* adds to that subcategory."""
    garden = {"name": "Fruit", "examples": ["ripe apples", "a pear", "sweet oranges"], **fruit}
    tools = {"name": "Tools", "examples": ["a hammer", "nails and screws", "an electric drill"]}
    other = {"name": "General", "examples": ["something else"]}
    categories = [
        {"name": "Garden", "team": "g", "subcategories": [garden]},
        {"name": "Workshop", "team": "w", "subcategories": [tools]},
        {"name": "Other", "team": "o", "subcategories": [other]},
    ]
    return EmbeddedClassifier(
        Taxonomy.model_validate(
            {
                "version": "shop",
                "fallback": "Other",
                "priorities": LEVELS,
                "categories": categories,
            }
        )
    )


async def of(classifier: EmbeddedClassifier, text: str, *queries: str) -> Classification:
    """Return what *classifier* makes of a question with *queries*."""
    ticket = IncomingTicket(ticket_id="1", raw_message=text or "?")
    return await classifier.classify(ticket, Reading(text=text, queries=queries))


async def test_a_key_phrase_speaks_for_its_subcategory() -> None:
    """
    Its words in a row count, in any case and with any apostrophe; apart they say nothing.
    """
    plain, told = a_shop(), a_shop(key_phrases=["the gardener's pick"])

    for text in ("I want the Gardener’s PICK", "the gardeners pick, please"):
        assert (await of(told, text)).category == "Garden"
        assert (await of(told, text)).confidence > (await of(plain, text)).confidence
    apart = "the pick of the gardener's"
    assert await of(told, apart) == await of(plain, apart)


async def test_key_phrases_do_not_pile_up() -> None:
    """
    However many phrases a message has, they weigh like two: a list of words decides nothing.
    """
    phrases = [f"word{n}" for n in range(50)]

    two = await of(a_shop(key_phrases=phrases[:2]), " ".join(phrases))
    all_of_them = await of(a_shop(key_phrases=phrases), " ".join(phrases))

    assert two == all_of_them


async def test_key_phrases_far_down_are_not_read() -> None:
    """
    What stands behind the first 2,000 characters is no evidence.
    """
    plain, told = a_shop(), a_shop(key_phrases=["gardener"])
    text = "hammer " * 300 + "gardener"

    assert await of(told, text) == await of(plain, text)


async def test_a_key_phrase_without_words_says_nothing() -> None:
    """
    A phrase of signs alone is in no message.
    """
    assert await of(a_shop(key_phrases=["!?"]), "a pear") == await of(a_shop(), "a pear")


async def test_who_is_sure_may_say_p1() -> None:
    """
    A subcategory alone makes a ticket P1 only where the classifier is sure of its category.
    """
    urgent = a_shop(priority="P1")

    sure, unsure = await of(urgent, "The apples are not ripe"), await of(urgent, "a pear and nails")

    assert (sure.category, sure.priority) == ("Garden", "P1")
    assert sure.confidence >= 0.5
    assert (unsure.category, unsure.priority) == ("Garden", "P2")
    assert unsure.confidence < 0.5


async def test_what_comes_first_counts_more() -> None:
    """
    Of several problems the first weighs most, as people begin with what troubles them most.
    """
    shop, fruit, tools = a_shop(), "The apples and pears are sour", "The hammer and nails are bent"
    text = f"{fruit}. {tools}."

    first, later = await of(shop, text, tools, fruit), await of(shop, text, fruit, tools)

    assert first.category == later.category == "Workshop"
    assert first.confidence > later.confidence + 0.05


async def test_learning_early_changes_nothing() -> None:
    """
    A worker that learns before its first ticket answers like one that does not.
    """
    early = a_shop()
    early.learn()
    early.learn()

    assert await of(early, "a drill") == await of(a_shop(), "a drill")


async def test_the_confidence_is_the_categorys() -> None:
    """
    It is what all subcategories of the answer's category have together.
    """
    found = await of(a_shop(), "")

    assert found.category in ("Garden", "Workshop", "Other")
    assert 0 < found.confidence < 1
