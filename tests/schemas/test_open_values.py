"""A newer worker may write values that this version does not know. They are carried on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from schemas import Article, DraftedTicket, IncomingTicket, export
from streams.backends.embedded.classifier import EmbeddedClassifier
from streams.backends.embedded.knowledge import EmbeddedKnowledge
from streams.backends.embedded.writer import EmbeddedWriter
from streams.backends.passage_search import DirectSearch
from streams.definitions.phrases import load_phrases
from streams.definitions.policy_rules import load_policy
from streams.definitions.taxonomy import load_taxonomy
from streams.drafting import draft
from streams.policy import check_draft
from streams.ports import Scope
from streams.reading.message import read_message
from streams.retrieval import retrieve
from streams.triage import triage
from tests.support.drafts import RETURN, VOICE, a_drafted, a_grounded, a_passage

NOW = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
NEW = "of_a_newer_version"
QUOTE = "A duplicate charge is always returned in full [KB-1001]."
ARTICLE = {"doc_id": "KB-1", "title": "Returns", "url": "", "body": RETURN}


def a_ticket(**more: Any) -> IncomingTicket:
    """Return a ticket as bytes would bring it."""
    told = {"ticket_id": "T-1", "raw_message": "When is a duplicate charge returned?", **more}
    return IncomingTicket.model_validate_json(json.dumps(told))


def closed(schema: Any, at: str = "") -> Iterator[str]:
    """Yield where *schema* allows only some values."""
    if isinstance(schema, dict):
        if "enum" in schema or "const" in schema:
            yield at
        for name, part in schema.items():
            if name != "examples":
                yield from closed(part, f"{at}/{name}")
    elif isinstance(schema, list):
        for n, part in enumerate(schema):
            yield from closed(part, f"{at}/{n}")


@pytest.mark.parametrize(
    "name",
    ["IncomingTicket", "TriagedTicket", "GroundedTicket", "DraftedTicket", "ProcessedTicket",
     "Article"],
)  # fmt: skip
def test_no_field_of_an_event_is_a_closed_set(name: str) -> None:
    """
    No event has a field that takes only the values of this version.
    """
    assert not list(closed(export.documents()[f"{name}.json"]))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("body_format", NEW),
        ("previous_messages", [{"role": NEW, "text": "x"}]),
        ("previous_messages", [{"role": "agent", "visibility": NEW, "text": "x"}]),
    ],
)
def test_a_ticket_keeps_what_a_newer_publisher_says(field: str, value: Any) -> None:
    """
    A ticket with an unknown role, visibility or format is taken, and goes on as it came.
    """
    kept = json.loads(a_ticket(**{field: value}).model_dump_json(exclude_unset=True))

    assert kept[field] == value


async def test_an_unknown_format_is_read_as_text() -> None:
    """
    What is no markup that we know loses no word.
    """
    assert (
        "2 < 3 & more"
        in read_message(
            a_ticket(raw_message="2 < 3 & more", body_format=NEW), phrases=load_phrases()
        ).text
    )


@pytest.mark.parametrize("named", [NEW, "self-harm", "Brand:New"])
@pytest.mark.parametrize("field", ["kind", "signals"])
async def test_reading_travels_through_every_later_stage(field: str, named: str) -> None:
    """
    A triaged ticket with an unknown kind or signal reaches the end, and a person looks at it.
    """
    value = named if field == "kind" else [named]
    kb = EmbeddedKnowledge()
    await kb.put([Article(**{**ARTICLE, "doc_id": "KB-1001"})])
    came = a_grounded(a_passage()).model_dump(mode="json")
    came["reading"][field] = value
    triaged = type(await _triaged()).model_validate_json(json.dumps(came))

    grounded = await retrieve(triaged, kb=DirectSearch(kb), limit=5, floor=0.0, now=lambda: NOW)
    drafted = await draft(grounded, writer=EmbeddedWriter(), voice=VOICE)
    made = await check_draft(drafted, policy=load_policy(), voice=VOICE, now=lambda: NOW)

    assert grounded.passages
    assert made.assist
    assert getattr(made.assist, field) == (value if field == "kind" else tuple(value))
    assert made.policy_check.compliance == "warning"
    assert made.policy_check.escalation_needed


async def test_a_person_looks_at_an_unknown_sentiment() -> None:
    """
    A sentiment that only a newer version knows is not taken for a quiet one.
    """
    drafted = a_drafted(QUOTE, a_passage(), triage={"sentiment": NEW})

    made = await check_draft(drafted, policy=load_policy(), voice=VOICE, now=lambda: NOW)

    assert made.triage.sentiment == NEW
    assert made.policy_check.compliance == "warning"


@pytest.mark.parametrize("role", ["customer", "Customer"])
async def test_a_role_is_known_in_any_case(role: str) -> None:
    """
    Desks write roles in their own way: who is frustrated and wrote before is not overlooked.
    """
    drafted = a_drafted(
        QUOTE,
        a_passage(),
        triage={"sentiment": "frustrated"},
        ticket={"previous_messages": [{"role": role, "text": "Still nothing?"}]},
    )

    made = await check_draft(drafted, policy=load_policy(), voice=VOICE, now=lambda: NOW)

    assert "The customer is frustrated and has written before." in (made.policy_check.issues or ())


async def _triaged() -> Any:
    kinds = load_taxonomy()
    return await triage(
        a_ticket(), classifier=EmbeddedClassifier(kinds), taxonomy=kinds, phrases=load_phrases()
    )


async def test_text_that_may_not_be_public_is_not_quoted() -> None:
    """
    A draft that quotes a message whose visibility we do not know must not be sent.
    """
    note = "refund approved by finance since this customer threatened to leave us last week"
    earlier = [{"role": "agent", "visibility": NEW, "text": note}]
    drafted: DraftedTicket = a_drafted(
        f"{QUOTE} {note}.", a_passage(), ticket={"previous_messages": earlier}
    )

    made = await check_draft(drafted, policy=load_policy(), voice=VOICE, now=lambda: NOW)

    assert "The draft quotes an internal note." in (made.policy_check.issues or ())


@pytest.mark.parametrize(
    "new", [NEW, "internal-only", "Public", "team/sales", "", " ", "🔒", None, 7]
)
@pytest.mark.parametrize("audience", ["public", "internal"])
async def test_an_unknown_audience_is_not_public(audience: str, new: object) -> None:
    """
    An article that changes to an audience we do not know is found by nobody any more, whatever
    stands there.
    """
    kb = EmbeddedKnowledge()
    await kb.put([Article(**ARTICLE)])
    assert await kb.search("duplicate charge", limit=3, scope=Scope("default", NOW, audience))

    await kb.put([Article.model_validate({**ARTICLE, "audience": new})])

    found = await kb.search("duplicate charge", limit=3, scope=Scope("default", NOW, audience))
    assert not found
