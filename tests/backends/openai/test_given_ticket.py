"""What a drafting model is given to read of a ticket."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from schemas import Meta, StageReport
from streams.backends.openai.given_ticket import MOST_EARLIER, given_ticket, hidden_of, payer_of
from tests.support.drafts import a_grounded

TODAY = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)


def given(**fields: Any) -> dict[str, Any]:
    """Return what a model reads of a ticket with *fields*."""
    ticket = a_grounded(ticket=fields)
    return given_ticket(ticket, hidden_of(ticket), 100, TODAY)


def test_dates() -> None:
    """
    The day of the answer, and when the customer wrote, if that is known.
    """
    assert given()["today"] == "2026-11-30"
    assert given()["ticket"]["created_at"] is None
    made = given(created_at="2026-11-01T08:00:00+01:00")
    assert made["ticket"]["created_at"] == "2026-11-01T08:00:00+01:00"


def test_earlier_public_messages_alone() -> None:
    """
    The latest ones; an unknown role is "other", and a word that nobody knows is not public.
    """
    messages = [
        {"role": "agent", "visibility": "internal", "text": "A note."},
        {"role": "agent", "visibility": "pubic", "text": "A slip."},
        *({"role": "wizard", "text": f"Message {n}"} for n in range(10)),
    ]
    earlier = given(previous_messages=messages)["ticket"]["earlier"]
    assert [one["text"] for one in earlier] == [
        f"Message {n}" for n in range(10 - MOST_EARLIER, 10)
    ]
    assert {one["role"] for one in earlier} == {"other"}


def test_who_pays() -> None:
    """
    The ticket's tenant, with what triage has cost.
    """
    meta = Meta(stages={"triage": StageReport(backend="openai", cost_usd=0.5)})
    payer = payer_of(a_grounded(meta=meta, ticket={"tenant": "acme"}))
    assert (payer.tenant, payer.stage, payer.before) == ("acme", "drafting", {"triage": 0.5})
