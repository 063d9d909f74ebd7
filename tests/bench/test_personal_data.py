"""`bench.personal_data` in small."""

from __future__ import annotations

from tests.support.bench import figures


def test_tells_what_a_kilobyte_costs() -> None:
    """
    It finds the four pieces that each line of its texts has, in every size.
    """
    rows = figures("bench.personal_data", "--kilobytes", "1", "--kilobytes", "10")

    assert [row["kilobytes"] for row in rows] == [1, 10]
    assert all(row["found"] % 4 == 0 for row in rows)
    assert rows[1]["found"] > 5 * rows[0]["found"] > 0
