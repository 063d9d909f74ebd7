"""What the sidecar answers with: enough to go on by, and nothing of what was sent."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from schemas import TicketInput, TicketOutput, http

RESULT: dict[str, Any] = TicketOutput.model_json_schema()["examples"][0]
SECRET = "hunter2"


def test_a_callers_result_is_whole() -> None:
    """
    A result within a response has all that it has on its topic, unknown fields included.
    """
    newer = {**RESULT, "mood": "green"}
    made = http.ProcessResponse(
        success=True, ticket_id="TKT-1", result=TicketOutput.model_validate(newer)
    )

    told = json.loads(made.model_dump_json())
    assert told["result"]["mood"] == "green"
    assert told["result"]["policy_check"]["compliance"] == "passed"
    assert http.ProcessResponse.model_validate(told) == made


def test_what_is_wrong_is_said_without_its_value() -> None:
    """
    A validation error says where, why and of which type; what the caller sent is not repeated.
    """
    with pytest.raises(ValidationError) as wrong:
        TicketInput.model_validate({"ticket_id": "T-1", "raw_message": SECRET, "customer_name": 7})

    made = http.HTTPValidationError.model_validate({"detail": wrong.value.errors()})

    assert {one.loc for one in made.detail} == {
        ("raw_message",),
        ("customer_name",),
        ("customer_email",),
    }
    assert all(one.msg and one.type for one in made.detail)
    assert SECRET not in made.model_dump_json()
    assert json.loads(made.model_dump_json())["detail"][0].keys() == {"loc", "msg", "type"}


def test_where_may_be_within_a_list() -> None:
    """
    A place is told from the outside in, numbers of list items as numbers.
    """
    one = http.ValidationError(loc=("body", "attachments", 3, "size"), msg="m", type="t")

    assert json.loads(one.model_dump_json())["loc"] == ["body", "attachments", 3, "size"]


def test_an_accepted_ticket_is_in_flight() -> None:
    """
    What has no result yet says under which id it will come, and nothing that could be a result.
    """
    made = http.TicketAccepted(ticket_id="T-1", event_id="e-1")

    assert made.model_dump() == {"ticket_id": "T-1", "event_id": "e-1", "status": "in_flight"}
    with pytest.raises(ValidationError):
        http.TicketAccepted.model_validate({**made.model_dump(), "status": "done"})


@pytest.mark.parametrize("status", ["healthy", "degraded", "unhealthy"])
def test_a_health(status: str) -> None:
    """
    A process is in one of three states, and names each dependency's.
    """
    made = {"status": status, "environment": "test", "services": {"kafka": "healthy"}}

    assert http.HealthStatus.model_validate(made).model_dump() == made
    with pytest.raises(ValidationError, match="status"):
        http.HealthStatus.model_validate({**made, "status": "fine"})


def test_a_problem_says_what_there_is_to_say() -> None:
    """
    Ids and stage are told where there are some, and left out where there are none.
    """
    bare = http.Problem(detail="The ticket is too large.")
    whole = http.Problem(
        detail="It failed.", ticket_id="T-1", stage="triage", error_class="KeyError"
    )

    assert bare.model_dump(exclude_none=True) == {"detail": "The ticket is too large."}
    assert whole.model_dump(exclude_none=True).keys() == {
        "detail",
        "ticket_id",
        "stage",
        "error_class",
    }


def test_figures_of_a_sidecar_that_saw_nothing() -> None:
    """
    No results are no error: everything is 0 or empty.
    """
    made = http.TicketMetrics(
        total=0, outcomes={}, priority={}, category={}, compliance={}, stages={}
    )

    assert http.TicketMetrics.model_validate_json(made.model_dump_json()) == made
