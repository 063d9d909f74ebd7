"""When a partition rests: what it holds is limited."""

from __future__ import annotations

from streams.delivery.entry import Entry, Partition
from streams.delivery.held_partition import MOST_ASIDE, MOST_BEHIND, MOST_BYTES_ASIDE
from streams.delivery.window import Window

PARTITIONS: list[Partition] = [("t", 0), ("t", 1)]


def taken(window: Window, partition: Partition, count: int) -> list[Entry]:
    """
    Return the entries of the first *count* messages of *partition*, all in work.
    """
    window.assign([partition], 1)
    window.fetched(partition, range(count), 1)
    entries = [window.enter(partition, offset, 1) for offset in range(count)]
    return [entry for entry in entries if entry]


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
