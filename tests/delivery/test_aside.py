"""How much of a partition stands aside, and whose it is."""

from __future__ import annotations

from streams.delivery.aside import Amount, Aside
from streams.delivery.entry import Entry, Lane

LOOP, OTHER = ("default", "T-0"), ("default", "T-7")


def entry(lane: Lane, size: int) -> Entry:
    """Return a message of *lane*."""
    return Entry(("t", 0), 0, 1, size=size, lane=lane)


def test_each_lane_has_its_own() -> None:
    """
    What leaves is counted no more.
    """
    aside = Aside()
    first, second = entry(LOOP, 10), entry(LOOP, 20)
    for one in (first, second, entry(OTHER, 5)):
        aside.count(one, 1)
    assert (aside.all, aside.of_lane(LOOP), aside.of_lane(OTHER)) == (
        Amount(3, 35),
        Amount(2, 30),
        Amount(1, 5),
    )
    aside.count(first, -1)
    aside.count(second, -1)
    assert (aside.all, aside.of_lane(LOOP)) == (Amount(1, 5), Amount())


def test_what_waits_for_another_reason_is_not_of_a_loop() -> None:
    """
    A ticket that is held in an outage has messages aside, too.
    """
    aside = Aside()
    aside.count(entry(OTHER, 5), 1)
    aside.count(entry(LOOP, 10), 1)
    assert aside.of_loops() == Amount()
    aside.loop(LOOP)
    aside.count(entry(LOOP, 20), 1)
    assert aside.of_loops() == Amount(2, 30)
    aside.loop(LOOP, ended=True)
    assert aside.of_loops() == Amount()


def test_messages_or_bytes() -> None:
    """
    One of both is enough.
    """
    assert Amount(5, 0).reaches(5, 9)
    assert Amount(0, 9).reaches(5, 9)
    assert not Amount(4, 8).reaches(5, 9)
