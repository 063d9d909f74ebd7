"""When a partition rests: what it holds is limited."""

from __future__ import annotations

from collections.abc import Iterable

from streams.delivery.entry import Entry, Lane, Partition
from streams.delivery.held_partition import MOST_ASIDE, MOST_BEHIND, MOST_BYTES_ASIDE
from streams.delivery.window import Window

PARTITIONS: list[Partition] = [("t", 0), ("t", 1)]
CUSTOMER, MONITOR = ("default", "T-7"), ("default", "T-0")


def taken(window: Window, partition: Partition, count: int) -> list[Entry]:
    """
    Return the entries of the first *count* messages of *partition*, all in work.
    """
    window.assign([partition], 1)
    window.fetched(partition, range(count), 1)
    entries = [window.enter(partition, offset, 1) for offset in range(count)]
    return [entry for entry in entries if entry]


def waits(window: Window, entry: Entry, lane: Lane = CUSTOMER) -> None:
    """
    Have *entry* wait for a mail loop's time from now on.
    """
    stands(window, [entry], lane)
    window.in_loop(entry)


def stands(window: Window, entries: Iterable[Entry], lane: Lane, size: int = 100) -> None:
    """
    Have *entries* stand aside, in *lane*.
    """
    for entry in entries:
        entry.lane, entry.size = lane, size
        window.stand_aside(entry)


def gives_way(window: Window, entry: Entry) -> str:
    """
    Return what becomes of *entry*, which waits for a mail loop's time.
    """
    if window.is_flooded_by(entry):
        return "dead letter"
    return "early" if window.is_crowded_by(entry) else "waits"


def test_a_partition_rests_while_too_many_of_its_messages_stand_aside() -> None:
    """
    It goes on when one of them is through; the other partitions never rest.
    """
    window = Window()
    taken(window, PARTITIONS[1], 1)
    entries = taken(window, PARTITIONS[0], MOST_ASIDE)
    for entry in entries:
        assert not window.full()
        window.stand_aside(entry)
    assert window.full() == {PARTITIONS[0]}

    window.leave(entries[7])

    assert not window.full()


def test_a_partition_rests_while_too_many_bytes_stand_aside() -> None:
    """
    A few large messages are as many as a thousand small ones.
    """
    window = Window()
    first, second = taken(window, PARTITIONS[0], 2)
    first.size, second.size = MOST_BYTES_ASIDE - 1, 1
    window.stand_aside(first)
    assert not window.full()
    window.stand_aside(second)
    assert window.full()

    window.leave(second)

    assert not window.full()


def test_a_partition_rests_that_was_worked_on_too_far_behind_a_message() -> None:
    """
    What is remembered beyond the position is limited; when the message is through, it goes on.
    """
    window = Window()
    first, *others = taken(window, PARTITIONS[0], MOST_BEHIND)
    for entry in others:
        window.finish(entry)
    assert window.full() == {PARTITIONS[0]}

    window.finish(first)

    assert not window.full()


def test_what_was_dropped_is_fetched_however_much_there_is_behind_it() -> None:
    """
    A partition whose next message is not there yet does not rest: nothing would ever end that.
    """
    window = Window()
    window.assign(PARTITIONS, 1)
    window.fetched(PARTITIONS[0], range(MOST_BEHIND + 1), 1)
    assert window.enter(PARTITIONS[0], 1, 1) is None

    assert not window.full()


def test_an_entry_of_an_earlier_assignment_leaves_nothing_behind() -> None:
    """
    What stood aside when its partition was taken away does not count in the next assignment.
    """
    window = Window()
    (old,) = taken(window, PARTITIONS[0], 1)
    old.size = MOST_BYTES_ASIDE
    window.stand_aside(old)
    window.revoke([PARTITIONS[0]])
    window.assign([PARTITIONS[0]], 2)
    window.leave(old)
    window.fetched(PARTITIONS[0], [0], 2)
    entry = window.enter(PARTITIONS[0], 0, 2)
    assert entry
    entry.size = MOST_BYTES_ASIDE
    window.stand_aside(entry)

    assert window.full()


def test_an_entry_of_an_earlier_log_leaves_nothing_behind() -> None:
    """
    A log that was lost is read anew: what stood aside of the old one does not count in the new one.
    """
    window = Window()
    first, *old = taken(window, PARTITIONS[0], 3)
    for entry in old:
        window.stand_aside(entry)
    window.finish(first)
    assert window.begin_anew(PARTITIONS[0], 0)
    window.fetched(PARTITIONS[0], range(MOST_ASIDE), 1)
    for offset in range(MOST_ASIDE):
        new = window.enter(PARTITIONS[0], offset, 1)
        assert new
        assert not window.full()
        window.stand_aside(new)
    for entry in old:
        window.leave(entry)

    assert window.full() == {PARTITIONS[0]}


def test_a_message_of_an_earlier_log_is_not_noted_in_the_new_one() -> None:
    """
    Whoever dies later did not die over it: it is not there any more.
    """
    window = Window()
    first, old = taken(window, PARTITIONS[0], 2)
    window.finish(first)
    assert window.begin_anew(PARTITIONS[0], 0)

    window.alone(old)

    assert window.positions()[PARTITIONS[0]].alone is None


def test_a_flood_gives_way_and_no_other_ticket() -> None:
    """
    A customer's one message waits on, however many a monitor sends to the same partition.
    """
    window = Window()
    one, first, *flood = taken(window, PARTITIONS[0], MOST_ASIDE)
    waits(window, one)
    waits(window, first, MONITOR)
    stands(window, flood[:490], MONITOR)
    assert [gives_way(window, entry) for entry in (one, first)] == ["waits", "waits"]
    stands(window, flood[490:600], MONITOR)
    assert [gives_way(window, entry) for entry in (one, first)] == ["waits", "dead letter"]
    for entry in flood[400:600]:
        window.leave(entry)
    assert gives_way(window, first) == "waits"


def test_a_flood_of_large_messages_gives_way() -> None:
    """
    Bytes count as messages do; but a customer with a few large messages is no flood.
    """
    window = Window()
    one, second, first, *flood = taken(window, PARTITIONS[0], 100)
    waits(window, one)
    stands(window, [second], CUSTOMER, MOST_BYTES_ASIDE // 5)
    waits(window, first, MONITOR)
    stands(window, flood[:20], MONITOR, MOST_BYTES_ASIDE // 40)
    assert [gives_way(window, entry) for entry in (one, first)] == ["waits", "dead letter"]


def test_an_outage_is_no_crowd_of_loops() -> None:
    """
    What stands aside behind tickets that are held makes no dead letter, though the partition rests.
    """
    window = Window()
    one, first, *others = taken(window, PARTITIONS[0], MOST_ASIDE + 50)
    waits(window, one)
    waits(window, first, MONITOR)
    stands(window, others[:150], MONITOR)
    stands(window, others[150:], ("default", "T-9"))
    assert window.full()
    assert [gives_way(window, entry) for entry in (one, first)] == ["waits", "waits"]


def test_many_small_loops_go_early_before_the_partition_rests() -> None:
    """
    None of them is a flood, so none becomes a dead letter.
    """
    window = Window()
    entries = taken(window, PARTITIONS[0], 901)
    for number in range(0, 890, 10):
        first, *more = entries[number : number + 10]
        waits(window, first, ("default", f"T-{number}"))
        stands(window, more, ("default", f"T-{number}"))
    assert gives_way(window, entries[0]) == "waits"
    stands(window, entries[890:], MONITOR)
    assert not window.full()
    assert gives_way(window, entries[0]) == "early"


def test_one_message_waits_while_thousands_go_by() -> None:
    """
    It goes early just before its partition would rest, and becomes no dead letter.
    """
    window = Window()
    one, *others = taken(window, PARTITIONS[0], MOST_BEHIND - 1)
    waits(window, one)
    assert gives_way(window, one) == "early"
    window = Window()
    one, *others = taken(window, PARTITIONS[0], MOST_BEHIND * 9 // 10 - 1)
    waits(window, one)
    for entry in others:
        window.finish(entry)
    assert gives_way(window, one) == "waits"
    window.fetched(PARTITIONS[0], [MOST_BEHIND], 1)
    assert window.enter(PARTITIONS[0], MOST_BEHIND, 1)
    assert not window.full()
    assert gives_way(window, one) == "early"


def test_messages_near_the_position_go_early_together() -> None:
    """
    One after another, each with its look a second later, would hold up the partition meanwhile.
    """
    window = Window()
    entries = taken(window, PARTITIONS[0], MOST_BEHIND * 9 // 10)
    near, far = entries[1], entries[2_000]
    for entry in (entries[0], near, far):
        waits(window, entry, ("default", f"T-{entry.offset}"))
    assert [gives_way(window, entry) for entry in (near, far)] == ["early", "waits"]


def test_a_held_ticket_before_it_sends_no_message_early() -> None:
    """
    The partition would rest all the same.
    """
    window = Window()
    _, one, *_ = taken(window, PARTITIONS[0], MOST_BEHIND - 1)
    waits(window, one)
    assert gives_way(window, one) == "waits"


def test_a_suspect_goes_early() -> None:
    """
    What workers may have died over keeps its place of the window, and others need that.
    """
    window = Window()
    one, other = taken(window, PARTITIONS[0], 2)
    one.suspect = True
    for entry in (one, other):
        window.in_loop(entry)
    assert [gives_way(window, entry) for entry in (one, other)] == ["early", "waits"]


def test_a_flood_on_a_busy_partition_gives_way() -> None:
    """
    Its messages do not all go early one after another.
    """
    window = Window()
    first, *others = taken(window, PARTITIONS[0], MOST_BEHIND - 1)
    waits(window, first, MONITOR)
    stands(window, others[:101], MONITOR)
    assert gives_way(window, first) == "dead letter"


def test_what_goes_counts_as_no_loop_any_more() -> None:
    """
    So others of the crowd do not go, too, without need.
    """
    window = Window()
    one, first, *more = taken(window, PARTITIONS[0], 700)
    waits(window, one)
    stands(window, [first, *more], MONITOR)
    window.in_loop(first)
    assert gives_way(window, first) == "dead letter"
    window.in_loop(first, ended=True)
    assert gives_way(window, first) == "waits"


def test_a_loop_of_an_earlier_assignment_leaves_nothing_behind() -> None:
    """
    Its end is not the end of the wait that began under the next assignment.
    """
    window = Window()
    (old,) = taken(window, PARTITIONS[0], 1)
    old.lane = MONITOR
    window.in_loop(old)
    window.revoke([PARTITIONS[0]])
    window.assign([PARTITIONS[0]], 2)
    window.fetched(PARTITIONS[0], range(700), 2)
    first, *more = filter(None, (window.enter(PARTITIONS[0], n, 2) for n in range(700)))
    waits(window, first, MONITOR)
    stands(window, more, MONITOR)
    assert gives_way(window, old) == "waits"
    window.in_loop(old, ended=True)
    assert gives_way(window, first) == "dead letter"
