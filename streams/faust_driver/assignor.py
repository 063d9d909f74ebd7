"""
Who works on which partitions: an even share for each worker, which keeps what it has.

    has      a: 0 1 2 3   b: -          a worker b joins
    round 1  a: 0 1       b: -          a is to give up 2 and 3; nobody gets them yet
    round 2  a: 0 1       b: 2 3        a has given them back, and joined once more

That another round is to follow stands in what each gets, so that also who dies in between, and is
given the same again when it comes back under its name, knows it.

So nobody works on a partition of which another still has messages in hand, and nobody gives back
what it keeps. Kafka calls that incremental cooperative rebalancing (KIP-429); aiokafka has
assignors for it, and no consumer that could use one. `group_member.py` is that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Set
from typing import Any

from aiokafka.coordinator.assignors.abstract import AbstractPartitionAssignor
from aiokafka.coordinator.protocol import (
    ConsumerProtocolMemberAssignment,
    ConsumerProtocolMemberMetadata,
)
from pydantic import TypeAdapter, ValidationError

VERSION = 0
"""The version of Kafka's consumer protocol. The user data says what a member has."""
MORE = b"more"
"""User data of what members get, if another round is to follow."""

_Owned = TypeAdapter(dict[str, list[int]])


# Upstream: aio-libs/aiokafka#1126: no cooperative assignor
class Assignor(AbstractPartitionAssignor):  # type: ignore[misc]  # aiokafka is not typed
    """What a member says of itself when it joins; and what the leader of the group makes of it."""

    name = "ticketstream-cooperative"

    def __init__(self) -> None:
        self._owned: dict[str, list[int]] = {}

    def metadata(self, topics: Iterable[str]) -> ConsumerProtocolMemberMetadata:
        """Return the topics that we want to read, and the partitions that we have."""
        return ConsumerProtocolMemberMetadata(VERSION, list(topics), _Owned.dump_json(self._owned))

    def on_assignment(self, assignment: ConsumerProtocolMemberAssignment) -> None:
        """Note the partitions that we have from now on."""
        self._owned = dict(assignment.assignment)

    def forget(self) -> None:
        """Note that we have none."""
        self._owned = {}

    def assign(
        self, cluster: Any, members: Mapping[str, ConsumerProtocolMemberMetadata]
    ) -> dict[str, ConsumerProtocolMemberAssignment]:
        """Return what each of *members* gets now. What another one still has, nobody gets."""
        found: dict[str, list[tuple[str, list[int]]]] = {member: [] for member in members}
        more = False
        for topic in sorted({topic for said in members.values() for topic in said.subscription}):
            owned = {
                member: _owned(said.user_data).get(topic, set())
                for member, said in members.items()
                if topic in said.subscription
            }
            shares = even_shares(cluster.partitions_for_topic(topic) or (), owned)
            for member, partitions in without_owned(shares, owned).items():
                found[member].append((topic, partitions))
                more |= partitions != shares[member]
        return {
            member: ConsumerProtocolMemberAssignment(VERSION, partitions, MORE if more else b"")
            for member, partitions in found.items()
        }


def even_shares(partitions: Collection[int], owned: Mapping[str, Set[int]]) -> dict[str, list[int]]:
    """
    Return an even share of *partitions* for each member.

    Args:
        owned: what each member has. It keeps that as far as its share has room.
    """
    free = set(partitions)
    least, more = divmod(len(free), len(owned))
    members = sorted(owned, key=lambda member: (-len(owned[member]), member))
    room = {member: least + (place < more) for place, member in enumerate(members)}
    shares: dict[str, list[int]] = {}
    for member in members:
        shares[member] = sorted(owned[member] & free)[: room[member]]
        free.difference_update(shares[member])
    rest = sorted(free)
    for member in members:
        count = room[member] - len(shares[member])
        shares[member], rest = sorted(shares[member] + rest[:count]), rest[count:]
    return shares


def without_owned(
    shares: Mapping[str, list[int]], owned: Mapping[str, Set[int]]
) -> dict[str, list[int]]:
    """Return *shares* without what other members still have."""
    return {
        member: [
            partition
            for partition in partitions
            if not any(partition in has for other, has in owned.items() if other != member)
        ]
        for member, partitions in shares.items()
    }


def _owned(user_data: bytes | None) -> dict[str, set[int]]:
    """Return what a member says that it has. Who cannot be understood has nothing."""
    try:
        said = _Owned.validate_json(user_data or b"{}")
    except ValidationError:
        return {}
    return {topic: set(partitions) for topic, partitions in said.items()}
