"""What comes out: one form, for readers of the topic and for callers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from schemas import PolicyCheck, ProcessedTicket, TicketOutput
from schemas.processed import Assist

CHECK: dict[str, Any] = {
    "refund_promise": False,
    "sla_mentioned": True,
    "escalation_needed": False,
    "compliance": "passed",
}
EXAMPLE: dict[str, Any] = TicketOutput.model_json_schema()["examples"][0]


def test_a_reader_and_a_caller_get_the_same() -> None:
    """
    The event on ticket-processed is the answer of the HTTP call, field by field.
    """
    assert ProcessedTicket is TicketOutput


def test_a_result_is_written_as_it_was_read() -> None:
    """
    A result goes through any number of readers without a change, unknown fields included.
    """
    told = {**EXAMPLE, "metadata": {"a": [1, None]}, "mood": "green"}
    once = TicketOutput.model_validate(told).model_dump_json(exclude_unset=True)

    assert json.loads(once) == {**told, "timestamp": json.loads(once)["timestamp"]}
    assert datetime.fromisoformat(json.loads(once)["timestamp"]) == datetime.fromisoformat(
        EXAMPLE["timestamp"]
    )
    assert TicketOutput.model_validate_json(once).model_dump_json(exclude_unset=True) == once


def test_a_result_is_dated_in_utc() -> None:
    """
    A result is of the moment when it was made, with its zone.
    """
    told = {name: value for name, value in EXAMPLE.items() if name != "timestamp"}
    before = datetime.now(UTC)

    made = TicketOutput.model_validate(told).timestamp

    assert before <= made <= datetime.now(UTC)
    assert made.tzinfo is UTC


def test_the_required_fields_make_a_result() -> None:
    """
    What this version adds beside them may be missing, as in a result of an older one.
    """
    made = TicketOutput.model_validate(EXAMPLE)

    assert (made.message_id, made.revision, made.assist, made.meta) == (None,) * 4
    assert made.metadata == {}


@pytest.mark.parametrize(
    "missing", ["ticket_id", "triage", "answer_draft", "citations", "policy_check"]
)
def test_what_readers_rely_on_is_there(missing: str) -> None:
    """
    Without one of the fields that every reader needs there is no result.
    """
    with pytest.raises(ValidationError, match=missing):
        TicketOutput.model_validate({k: v for k, v in EXAMPLE.items() if k != missing})


@pytest.mark.parametrize("compliance", ["passed", "warning", "failed"])
def test_a_verdict(compliance: str) -> None:
    """
    A draft may be sent, must be looked at, or must not be sent.
    """
    assert PolicyCheck.model_validate({**CHECK, "compliance": compliance}).issues is None


@pytest.mark.parametrize("compliance", ["", "Passed", "passed ", "passed\n", "ok", None])
def test_what_is_no_verdict(compliance: Any) -> None:
    """
    Nothing else is taken for a draft that may be sent.
    """
    with pytest.raises(ValidationError, match="compliance"):
        PolicyCheck.model_validate({**CHECK, "compliance": compliance})


def test_what_an_agent_is_told_beside_has_quiet_values() -> None:
    """
    Without news it says: a question, of an unknown language, with nothing to know before.
    """
    assert Assist().model_dump() == {
        "kind": "question",
        "language": "und",
        "signals": (),
        "unanswered": (),
        "readiness": "review",
        "blocker": None,
        "reply_text": "",
        "questions": (),
        "ask_back": None,
        "note": "",
        "sources": (),
    }
