"""`llm-spending`: a total of a worker and a day."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from schemas import Spending


def test_a_later_total_replaces_an_earlier_one() -> None:
    """
    Totals of one worker and day have one key, which compaction keeps the last of.
    """
    day = date(2026, 11, 30)
    early, late = (Spending(day=day, worker="w", dollars=d) for d in (1.0, 2.5))

    assert early.key == late.key == b"2026-11-30/w"
    assert late.key != Spending(day=date(2026, 12, 1), worker="w", dollars=0.0).key
    assert Spending.model_validate_json(late.model_dump_json()) == late


@pytest.mark.parametrize("dollars", [-1, float("inf"), float("nan"), "much"])
def test_what_is_no_sum_of_money_is_refused(dollars: object) -> None:
    """
    It would make every worker stop, or none.
    """
    with pytest.raises(ValidationError):
        Spending.model_validate({"day": "2026-11-30", "worker": "w", "dollars": dollars})
