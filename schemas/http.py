"""What the sidecar takes and answers, beside `TicketInput` and `TicketOutput`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.processed import TicketOutput


class ProcessResponse(BaseModel):
    """Response for ticket processing endpoint."""

    success: bool
    ticket_id: str
    result: TicketOutput


class TicketAccepted(BaseModel):
    """The ticket is safely queued, and its result not there yet."""

    ticket_id: str
    event_id: Annotated[str, Field(description="the `ce_id` that its result will have")]
    status: Literal["in_flight"] = "in_flight"


class HealthStatus(BaseModel):
    """Health of this process and of what it depends on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "healthy",
                    "environment": "development",
                    "services": {"kafka": "healthy", "worker": "healthy"},
                }
            ]
        }
    )

    status: Literal["healthy", "degraded", "unhealthy"]
    environment: str
    services: Annotated[dict[str, str], Field(description="name of a dependency, its status")]


class ValidationError(BaseModel):
    """One thing that is wrong with a request."""

    loc: Annotated[tuple[str | int, ...], Field(description="where, from the outside in")]
    msg: str
    type: str


class HTTPValidationError(BaseModel):
    """What is wrong with a request."""

    detail: tuple[ValidationError, ...]


class Seconds(BaseModel):
    """How long something took. Quantiles are over the latest 1,000."""

    count: int
    mean: float
    p50: float
    p95: float
    max: float


class TicketMetrics(BaseModel):
    """
    What this sidecar has seen coming out since it started, each result once.

    What it read back at its start is not counted.
    """

    total: int
    outcomes: Annotated[dict[str, int], Field(description="processed, dead_letter")]
    priority: dict[str, int]
    category: dict[str, int]
    compliance: dict[str, int]
    stages: Annotated[dict[str, Seconds], Field(description="seconds in each stage")]


class Problem(BaseModel):
    """An error other than a validation error, and the way out of it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"detail": "What is wrong, and the way out of it."}]}
    )

    detail: str
    ticket_id: str | None = None
    event_id: str | None = None
    stage: str | None = None
    error_class: str | None = None
