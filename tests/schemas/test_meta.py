"""How a result came about: one report a stage, nothing lost of those before."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from schemas import Finding, Meta, StageReport

ONE = StageReport(backend="openai", calls=2, seconds=1.5)
NOTHING_FOUND = Finding(type="no_evidence", message="Nothing relevant found.")
OTHER = Finding(type="holding_answer", message="The draft answers nothing.")


def test_it_grows_by_one_report_a_stage() -> None:
    """
    Reports and findings of stages before stay, in their order; what was there does not change.
    """
    first = Meta(version="0.2.0").reported("triage", ONE, NOTHING_FOUND)
    second = first.reported("drafting", StageReport(backend="embedded"), OTHER)

    assert list(second.stages) == ["triage", "drafting"]
    assert second.stages["triage"] == ONE
    assert second.findings == (NOTHING_FOUND, OTHER)
    assert second.version == "0.2.0"
    assert (list(first.stages), first.findings) == (["triage"], (NOTHING_FOUND,))


def test_a_stage_that_fell_back_is_named_once() -> None:
    """
    A stage that is degraded twice, as after a replay, is named once; its last report counts.
    """
    meta = Meta().reported("triage", ONE, degraded=True).reported("drafting", ONE)
    again = meta.reported("triage", StageReport(backend="embedded"), degraded=True)

    assert meta.degraded == again.degraded == ("triage",)
    assert again.stages["triage"].backend == "embedded"


def test_what_a_newer_stage_reported_stays() -> None:
    """
    Fields that this version does not know travel on, those of single reports too.
    """
    newer = {"mood": "green", "stages": {"x": {"backend": "y", "watts": 3}}}
    meta = Meta.model_validate(newer).reported("triage", ONE)

    told = meta.model_dump()
    assert told["mood"] == "green"
    assert told["stages"]["x"]["watts"] == 3


def test_who_called_no_model_has_no_cost() -> None:
    """
    A report of a backend of our own has zeros where others have calls and dollars.
    """
    told = StageReport(backend="embedded").model_dump(exclude_none=True)

    assert told == {
        "backend": "embedded",
        "seconds": 0,
        "calls": 0,
        "tokens_in": 0,
        "tokens_out": 0,
        "tokens_cached": 0,
        "cost_usd": 0,
    }


@pytest.mark.parametrize(
    "field", ["seconds", "calls", "tokens_in", "tokens_out", "tokens_cached", "cost_usd"]
)
def test_nothing_takes_less_than_nothing(field: str) -> None:
    """
    No stage takes a negative time, number or cost.
    """
    with pytest.raises(ValidationError):
        StageReport.model_validate({"backend": "openai", field: -1})


def test_the_kind_of_a_finding_is_a_word() -> None:
    """
    Readers switch on a finding's type, so it is never text.
    """
    with pytest.raises(ValidationError):
        Finding(type="Nothing was found, sorry!", message="x")
