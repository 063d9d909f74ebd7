"""Which conditions restrict which lines; `test_line_needs.py` has them by language."""

from __future__ import annotations

import time

import pytest

from tests.support.lined import lined, needed, the_line


def test_a_row_is_restricted_by_an_exception_beside_its_table() -> None:
    """
    What restricts a whole table restricts each row.
    """
    article = lined(
        "|Plan|Price|\n|-|-|\n|Team|9 USD|\n\nPrices apply only if you pay for a whole year."
    )

    assert needed(article, "Team") == ["Prices apply only if you pay for a whole year."]


def test_a_row_restricts_no_line() -> None:
    """
    "Only" in one row is about its own case.
    """
    article = lined("Boards can be shared.\n\n|Role|May|\n|-|-|\n|Guest|only if invited|")

    assert the_line(article, "Boards").needs == ()


@pytest.mark.parametrize(
    ("second", "counts"),
    [
        ("On annual plans a reduced number takes effect next year.", True),
        ("On annual plans you get an invoice.", False),
    ],
)
def test_what_holds_in_some_cases_restricts_what_speaks_of_the_same(
    second: str, counts: bool
) -> None:
    """
    "On annual plans" is an exception to the rule before it, if it is about the same.
    """
    article = lined(f"- A reduced number takes effect at once.\n- {second}")

    assert (the_line(article, "A reduced").needs == (2,)) is counts


def test_a_limit_belongs_to_the_procedure_before_it() -> None:
    """
    "An admin cannot reset it for an owner" restricts the steps for resetting.
    """
    article = lined(
        "1. The admin opens Members.\n2. The admin resets the device.\n\n"
        "An admin cannot reset the device of an owner."
    )

    assert the_line(article, "The admin resets").needs == (1, 3)


@pytest.mark.parametrize("tag", ["p", "li"])
def test_one_long_section_takes_no_longer_than_many(tag: str) -> None:
    """
    Time grows with the lines of a section or a list, not with their square.
    """
    around = "ul" if tag == "li" else "div"

    def seconds(lines: int) -> float:
        parts = (f"<{tag}>It works only if line {n} does.</{tag}>" for n in range(lines))
        body = f"<{around}>{''.join(parts)}</{around}>"
        began = time.thread_time()
        lined(body)
        return time.thread_time() - began

    few, many = min(seconds(250) for _ in range(3)), min(seconds(2_000) for _ in range(3))
    assert many < 20 * few
