"""
A worker's membership in its consumer group, and the only place where we touch aiokafka's.

aiokafka has a member give back all its partitions before it joins its group anew, whoever came or
went; the slowest ticket of all then holds up the whole group, and a member that died holds it up
for its session. Here a member goes on with its work while it joins, and gives back only what it is
to lose (KIP-429):

    somebody comes, leaves or dies
    -> join, and say what we have    (work goes on)
    -> what is ours from now on      (all else of it goes on)
    -> let go of what is not: end what is in flight, commit
    -> join once more, without it

Who is nobody's member any more, because the group went on without it, gives back everything first:
others may have it already.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, cast

import structlog
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.coordinator.protocol import ConsumerProtocol
from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    IllegalGenerationError,
    KafkaError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)
from aiokafka.protocol.commit import OffsetCommitRequest
from aiokafka.protocol.group import JoinGroupRequest, LeaveGroupRequest
from aiokafka.structs import TopicPartition

from streams.faust_driver.assignor import MORE

RETRY_SECONDS = 5.0
NO_GENERATION = OffsetCommitRequest.DEFAULT_GENERATION_ID
BESIDE = 2
"""A connection of its own, beside those of aiokafka's `ConnectionGroup`."""
NOT_AS_THIS_MEMBER = {
    error.errno
    for error in (IllegalGenerationError, UnknownMemberIdError, RebalanceInProgressError)
}
FENCED_INSTANCE_ID = 82
"""Kafka's code, which aiokafka does not know, for a member whose id is another process's now."""

log = structlog.get_logger()


class Member(GroupCoordinator):  # type: ignore[misc]  # aiokafka is not typed
    """A member that goes on with its work while its group shares out the partitions."""

    let_go: Callable[[set[TopicPartition]], Awaitable[object]]
    """Return when nothing of these partitions is in flight or uncommitted."""
    replaced: Callable[[], object]
    """What to do when another process has our id."""
    generation: int
    member_id: str
    _kept: Any = None
    """The assignment that we work on while we join."""
    _group_subscription: Any

    # Upstream: aio-libs/aiokafka#1126: gives back everything before it joins
    async def _on_join_prepare(self, previous_assignment: Any) -> None:
        """Keep what we have. Who is nobody's member gives it back."""
        if previous_assignment is None or self.generation == NO_GENERATION:
            await self._give_back(previous_assignment)
        else:
            self._group_subscription = None
            self._kept = previous_assignment

    # Upstream: no issue is known: waits for somebody to ask for the error
    def _push_error_to_user(self, exc: Exception) -> Coroutine[Any, Any, object]:
        """
        Say what is wrong, and join again after a pause.

        aiokafka would wait until somebody asks its consumer for the error, and then for ever.
        Somebody mends it: others of another kind leave the group, or we may take part in it.
        """
        if not self._closing.done():
            reason = type(exc).__name__
            log.error("cannot take part in the group", group=self.group_id, error=reason)
        self.request_rejoin()
        return asyncio.wait([self._closing], timeout=RETRY_SECONDS)

    async def _give_back(self, assignment: Any) -> None:
        self._kept = None
        self._assignors[0].forget()
        await super()._on_join_prepare(assignment)

    # Upstream: aio-libs/aiokafka#1126: who was dropped by its group gives back everything
    async def _do_rejoin_group(self, subscription: Any) -> bool:
        """Join, and return whether that went well."""
        if self._kept is not None and self.generation == NO_GENERATION:
            await self._give_back(self._kept)  # the group went on without us
        return cast(bool, await super()._do_rejoin_group(subscription))

    # Upstream: aio-libs/aiokafka#1126: only what moves is given back
    async def _on_join_complete(
        self, generation: int, member_id: str, protocol: str, member_assignment_bytes: bytes
    ) -> None:
        """Let go of what is not ours any more, and take what is new; all else goes on."""
        if self.coordinator_id is not None:
            await self._client.ready(self.coordinator_id, group=BESIDE)
        assignment = ConsumerProtocol.ASSIGNMENT.decode(member_assignment_bytes)
        kept, self._kept = self._kept, None
        had, has = set(kept.tps) if kept else set(), set(assignment.partitions())
        if kept and had == has:
            return
        if kept:
            self._start_heartbeat_task()
            await self.let_go(had - has)
            if self.generation == NO_GENERATION:
                return  # and the next join gives back all
            self._subscription.begin_reassignment()
            await self._subscription.listener.on_partitions_revoked(had - has)
        await super()._on_join_complete(generation, member_id, protocol, member_assignment_bytes)
        if had - has or (assignment.user_data == MORE and not kept):
            self.request_rejoin()

    # Upstream: no issue is known: commits wait behind a join on the same connection
    async def _send_req(self, request: Any) -> Any:
        """
        Send *request* and return the answer.

        A broker answers one request of a connection after the other, and a join when all members
        have come: nothing else may have to wait for that.
        """
        if isinstance(request, OffsetCommitRequest):
            return await self._commit(request)
        if isinstance(request, LeaveGroupRequest):
            return await self._send_beside(request)
        if isinstance(request, JoinGroupRequest) and self.member_id:
            return await self._unless_closing(super()._send_req(request))
        return await super()._send_req(request)

    async def _commit(self, request: Any) -> Any:
        """Commit. What a join that is under way makes of it is not a reason for another one."""
        if self._closing.done():  # aiokafka closes its connections, and would never close a new one
            raise RebalanceInProgressError(self.group_id)
        generation = self.generation
        response = await self._send_beside(request)
        if self._kept or self.generation != generation:
            codes = {code for _, partitions in response.topics for _, code in partitions}
            if codes & NOT_AS_THIS_MEMBER:
                raise RebalanceInProgressError(self.group_id)
        return response

    async def _send_beside(self, request: Any) -> Any:
        node = self.coordinator_id
        if node is None:
            raise GroupCoordinatorNotAvailableError
        try:
            return await self._client.send(node, request, group=BESIDE)
        except KafkaError:
            self.coordinator_dead()
            raise

    async def _unless_closing(self, joining: Coroutine[Any, Any, Any]) -> Any:
        """Join, but do not wait for others when we are to end."""
        sent = asyncio.create_task(joining)
        await asyncio.wait([sent, self._closing], return_when=asyncio.FIRST_COMPLETED)
        if sent.done():
            return sent.result()
        sent.cancel()
        if self.generation == NO_GENERATION and not self._group_instance_id:
            # aiokafka leaves only what it has been in
            await self._send_beside(LeaveGroupRequest(self.group_id, self.member_id))
        raise GroupCoordinatorNotAvailableError


class StaticMember(Member):
    """
    Membership that outlives the process: whoever comes with the same id next is the member.

    When the broker does not know aiokafka's member any more it forgets who it was, and joins
    anew. With an id it would so take it back from the process that has it now. Here it asks
    first as the member that it was: the broker then says whether it was replaced, or was only
    away for longer than its session.
    """

    _was: str = JoinGroupRequest.UNKNOWN_MEMBER_ID

    # Upstream: aio-libs/aiokafka#1186: forgets who it was, and takes the id back
    def reset_generation(self) -> None:
        """Be nobody until the next join, and remember who we were."""
        self._was = self.member_id or self._was
        super().reset_generation()

    # Upstream: aio-libs/aiokafka#1186: joins as somebody new
    async def _do_rejoin_group(self, subscription: Any) -> bool:
        """Join as who we were; return whether that went well."""
        self.member_id, self._was = self.member_id or self._was, JoinGroupRequest.UNKNOWN_MEMBER_ID
        joined = await super()._do_rejoin_group(subscription)
        if joined and self._group_subscription is None:
            # A leader that was restarted is not told that it leads, and aiokafka has only
            # leaders look for new partitions. Who does not lead asks in vain, at no cost.
            self._group_subscription = subscription.topics
            self._metadata_snapshot = self._get_metadata_snapshot()
        return joined

    # Upstream: aio-libs/aiokafka#1186: does not know that it was replaced
    async def _send_req(self, request: Any) -> Any:
        """Send *request* and return the answer. Where we were replaced, wait to be closed."""
        response = await super()._send_req(request)
        code = getattr(response, "error_code", 0)
        if code == FENCED_INSTANCE_ID:
            self.replaced()
            await asyncio.wait([self._closing])
        elif code == UnknownMemberIdError.errno and isinstance(request, JoinGroupRequest):
            self.member_id = JoinGroupRequest.UNKNOWN_MEMBER_ID  # we were away: join anew
        return response


def become_member(
    coordinator: GroupCoordinator,
    *,
    let_go: Callable[[set[TopicPartition]], Awaitable[object]],
    replaced: Callable[[], object],
) -> None:
    """Make aiokafka's *coordinator*, before it has joined, a `Member`; with an id, a static one."""
    coordinator.__class__ = StaticMember if coordinator._group_instance_id else Member
    coordinator.let_go = let_go
    coordinator.replaced = replaced
