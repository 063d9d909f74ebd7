"""
`ticketstream kb prune`: removes from Weaviate what other versions filled and nobody uses.

The consumer group goes first. Kafka refuses to delete one that has members, so a worker that
started a moment ago keeps its collection.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from confluent_kafka import KafkaError

from streams.backends.embedded.knowledge import EmbeddedKnowledge
from streams.backends.kafka import rights
from streams.backends.kafka.librdkafka import SECONDS, ask, is_error
from streams.backends.weaviate.other_collections import OtherCollections
from streams.cli import terminal
from streams.cli.exit_codes import DONE, INTERRUPTED, PARTLY, WRONG
from streams.cli.kb.collections import CollectionUse, collection_uses
from streams.knowledge import selection
from streams.settings import Settings

_GONE = (KafkaError.GROUP_ID_NOT_FOUND,)


async def prune_collections(settings: Settings, *, sure: bool) -> int:
    """
    Show the collections that other versions have filled, and remove those that nobody uses.

    A person at a terminal is asked before that, if not *sure*; where nobody can be asked,
    nothing is removed. One is kept if its group has members, or if Kafka does not tell.

    Raises:
        Unavailable: Weaviate or Kafka does not answer.

        ConfigurationError: A setting of a connection cannot work.
    """
    base = selection.backend(settings)
    if isinstance(base, EmbeddedKnowledge):
        terminal.note("nothing to remove: the knowledge base is in the memory of each process")
        return DONE
    async with base:
        found = await collection_uses(settings, await base.others.there())
        unused = [one for one in found if one.members == 0]
        if found:
            terminal.show_rows(map(_row, found))
        untold = sorted({one.untold for one in found if one.untold})
        for why in untold:
            terminal.complain(f"{why}: what may be in use is kept")
        if not unused:
            terminal.note(f"nothing to remove beside {base.collection}, which this version uses")
            return WRONG if untold else DONE
        if not sure and (refused := _refusal(unused)) is not None:
            return refused
        removed = await _remove(settings, base.others, unused)
    terminal.count(removed=removed, kept=len(found) - removed)
    return DONE if removed == len(unused) and not untold else PARTLY


def _row(one: CollectionUse) -> terminal.Row:
    if one.members is None:
        fate = "kept: who uses it is not told"
    else:
        fate = f"kept: {one.members} at work" if one.members else "unused"
    return {
        "collection": one.collection.name,
        "passages": one.collection.passages,
        "group": one.group,
        "members": one.members,
        "prune": fate,
    }


def _refusal(unused: Sequence[CollectionUse]) -> int | None:
    """Ask the person at the terminal; return the exit code if *unused* are to stay."""
    if not (terminal.is_read_by_person() and sys.stdin.isatty()):
        terminal.complain("nothing was removed, for nobody can be asked: repeat it with --yes")
        return WRONG
    terminal.note("A version that is rolled back to would have to fill its collection again.")
    if terminal.agrees(f"Remove the unused ({len(unused):,})?"):
        return None
    terminal.note("nothing was changed")
    return INTERRUPTED


async def _remove(
    settings: Settings, others: OtherCollections, unused: Iterable[CollectionUse]
) -> int:
    """Remove *unused*, each with its group, and return how many are gone."""
    removed = 0
    for one in unused:
        if await _is_free(settings, one.group):
            await others.delete(one.collection)
            removed += 1
        else:
            terminal.complain(f"{one.collection.name} is kept: somebody has just joined its group")
    return removed


async def _is_free(settings: Settings, group: str) -> bool:
    """Delete *group*, and say whether it had no members; what else forbids it is only said."""
    answers = await ask(
        settings, lambda client: client.delete_consumer_groups([group], request_timeout=SECONDS)
    )
    said = answers[group]
    if is_error(said, KafkaError.NON_EMPTY_GROUP):
        return False
    if is_error(said, *rights.FORBIDDEN):
        lacks = [one for one in rights.needed(settings, "kb-prune") if one.operation == "Delete"]
        (grant,) = rights.grants(settings, lacks)
        terminal.complain(
            f"the offsets of group {group} stay, for this user has no right to Delete it: {grant}"
        )
    elif isinstance(said, KafkaError) and not is_error(said, *_GONE):
        terminal.complain(f"the offsets of group {group} stay: {said.name()}")
    return True
