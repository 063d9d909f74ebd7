"""Who works on which partitions: evenly, with as few changes as may be, and never two on one."""

from __future__ import annotations

from collections.abc import Mapping

from aiokafka.coordinator.protocol import (
    ConsumerProtocolMemberAssignment,
    ConsumerProtocolMemberMetadata,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.faust_driver.assignor import MORE, Assignor, even_shares

TOPIC = "incoming-tickets"
MEMBERS = [f"member-{n}" for n in range(5)]
CHANGES = st.lists(st.sets(st.sampled_from(MEMBERS), min_size=1), min_size=1, max_size=8)
"""Who is there, one time after the other."""


class Cluster:
    """As much of aiokafka's as an assignor asks for."""

    def __init__(self, partitions: int) -> None:
        self.partitions = partitions

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        """
        Return the numbers of the topic's partitions.
        """
        return set(range(self.partitions)) if topic == TOPIC else None


class Group:
    """Workers that join, work on what they get, and join again when they are to give back."""

    def __init__(self, partitions: int) -> None:
        self.cluster = Cluster(partitions)
        self.members: dict[str, Assignor] = {}
        self.work: dict[str, set[int]] = {}

    def meet(self, names: set[str]) -> int:
        """
        Let the group consist of *names*, and return after how many rounds it came to rest.
        """
        self.members = {name: self.members.get(name, Assignor()) for name in sorted(names)}
        self.work = {name: self.work.get(name, set()) for name in self.members}
        for rounds in range(1, 10):
            before = {name: set(has) for name, has in self.work.items()}
            self.join()
            if all(before[name] <= self.work[name] for name in names):
                return rounds
        raise AssertionError("the group does not come to rest")

    def join(self) -> None:
        """
        Share out once. Each goes on with what it keeps, and then gives back what it loses.
        """
        said = {name: read(member.metadata([TOPIC])) for name, member in self.members.items()}
        found = self.members[min(said)].assign(self.cluster, said)
        for name, assignment in found.items():
            sent = ConsumerProtocolMemberAssignment.decode(assignment.encode())
            has = {tp.partition for tp in sent.partitions()}
            self.work[name] |= has
            self.members[name].on_assignment(sent)
        everything = [partition for has in self.work.values() for partition in has]
        assert len(everything) == len(set(everything)), "two work on one partition"
        for name, assignment in found.items():
            self.work[name] = {tp.partition for tp in assignment.partitions()}
        at_work = set().union(*self.work.values())
        more = at_work != set(range(self.cluster.partitions))
        assert all((said.user_data == MORE) == more for said in found.values())


def read(metadata: ConsumerProtocolMemberMetadata) -> ConsumerProtocolMemberMetadata:
    """Return *metadata* as it comes to the leader."""
    return ConsumerProtocolMemberMetadata.decode(metadata.encode())


def sizes(shares: Mapping[str, object]) -> list[int]:
    """Return how many partitions each member has, the fewest first."""
    return sorted(len(has) for has in shares.values())  # type: ignore[arg-type]


@given(partitions=st.integers(0, 24), changes=CHANGES)
@settings(deadline=None)
def test_a_group_comes_to_rest_with_all_partitions_at_work(
    partitions: int, changes: list[set[str]]
) -> None:
    """
    After two rounds, or three, each has an even share, and never do two work on one partition.
    """
    group = Group(partitions)
    for names in changes:
        assert group.meet(names) <= 3
        assert set().union(*group.work.values()) == set(range(partitions))
        assert sizes(group.work)[-1] - sizes(group.work)[0] <= 1


@given(partitions=st.integers(1, 24), names=st.sets(st.sampled_from(MEMBERS), min_size=2))
def test_nobody_loses_more_than_who_comes_needs(partitions: int, names: set[str]) -> None:
    """
    One that comes gets its share, and nothing else changes hands; nothing at all if none comes.
    """
    group = Group(partitions)
    comes, *others = sorted(names)
    group.meet(set(others))
    before = dict(group.work)
    assert group.meet(set(others)) == 1
    assert group.work == before

    group.meet(names)
    moved = sum(len(before[name] - group.work[name]) for name in others)
    assert moved == len(group.work[comes])


def test_what_two_say_they_have_nobody_gets() -> None:
    """
    One of them does not know yet that it fell out. Both give it back first.
    """
    said = {
        name: ConsumerProtocolMemberMetadata(0, [TOPIC], b'{"incoming-tickets": [0]}')
        for name in MEMBERS[:2]
    }
    found = Assignor().assign(Cluster(2), said)
    given = {name: {tp.partition for tp in has.partitions()} for name, has in found.items()}
    assert given == {"member-0": set(), "member-1": {1}}


def test_who_cannot_be_understood_has_nothing() -> None:
    """
    What a member says of itself may come from another version.
    """
    said = {
        "a": ConsumerProtocolMemberMetadata(0, [TOPIC], b"\xff"),
        "b": ConsumerProtocolMemberMetadata(0, [TOPIC], None),
    }
    found = Assignor().assign(Cluster(4), said)
    assert sizes({name: has.partitions() for name, has in found.items()}) == [2, 2]


def test_a_topic_that_is_not_there_is_nobodys() -> None:
    """
    A group whose topic was deleted comes to rest with nothing.
    """
    said = {"a": ConsumerProtocolMemberMetadata(0, ["gone"], b"{}")}
    (found,) = Assignor().assign(Cluster(4), said).values()
    assert found.partitions() == []


def test_a_share_has_what_its_member_has() -> None:
    """
    Who has most keeps one more, where it does not come out even.
    """
    assert even_shares(range(5), {"a": {3}, "b": {0, 1, 4}}) == {"a": [2, 3], "b": [0, 1, 4]}
