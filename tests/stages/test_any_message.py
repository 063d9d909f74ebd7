"""Any message at all, through the decoder of every stage and through all stages in a row."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import Article, IncomingTicket, ProcessedTicket
from schemas.envelope import INPUT_ID, header
from schemas.topics import ARTICLES, INCOMING
from streams.assembly import Assembly
from streams.errors import Unprocessable
from streams.knowledge import article_files
from streams.knowledge.indexer import latest_articles
from streams.settings import Settings
from streams.stage import Message, Stage
from tests.support import generated

SAMPLE = Path(__file__).parents[2] / "deploy" / "sample" / "kb"
STAGES = range(4)


class Line:
    """All stages with the embedded backends and the sample articles, without Kafka."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self._runner = runner
        self._parts = Assembly(Settings())
        self.stages: tuple[Stage[Any, Any], ...] = self._parts.route.stages
        found = [
            article for article in article_files.articles_in(SAMPLE) if isinstance(article, Article)
        ]
        runner.run(self._parts.backend.put(found))

    def passed(self, message: Message) -> list[Message]:
        """Return what each stage makes of *message*, in order."""
        return self._runner.run(self._passed(message))

    async def _passed(self, message: Message) -> list[Message]:
        made = []
        for stage in self.stages:
            event = stage.decode(message)
            identity = stage.identity(event, message)
            message = stage.encode(await stage.run(event), event, message, identity)
            made.append(message)
        return made


@pytest.fixture(scope="module")
def line() -> Iterator[Line]:
    """Return the stages in a row."""
    with asyncio.Runner() as runner:
        yield Line(runner)


def incoming(value: bytes, key: bytes | None = None, headers: Any = ()) -> Message:
    """Return a message on incoming-tickets."""
    return Message(INCOMING.name, key, value, list(headers))


@given(number=st.sampled_from(STAGES), value=generated.bodies)
def test_any_message_is_an_event_or_unprocessable(number: int, value: bytes, line: Line) -> None:
    """
    No stage's decoder raises anything else, whatever lies on its topic.
    """
    decoded(line.stages[number], incoming(value))


@given(number=st.sampled_from(STAGES[1:]), data=st.data())
def test_any_change_of_an_event_is_an_event_or_unprocessable(
    number: int, data: st.DataObject, line: Line
) -> None:
    """
    So it is with what other versions, or others, may write between the stages.
    """
    well = IncomingTicket(ticket_id="T-1", raw_message="I was charged twice. Why?")
    made = line.passed(incoming(well.model_dump_json().encode()))[number - 1]
    event = json.loads(made.value or b"")
    _change(event, data)

    decoded(line.stages[number], replace(made, value=json.dumps(event).encode()))


@given(ticket=generated.tickets)
def test_a_ticket_that_was_read_is_read_again_as_the_same(
    ticket: dict[str, Any], line: Line
) -> None:
    """
    What a stage writes of a ticket says the same as what it has read, and has its identity.
    """
    stage = line.stages[0]
    message = incoming(json.dumps(ticket).encode())
    read = decoded(stage, message)
    if read is None:
        return
    again = incoming(read.model_dump_json().encode())

    assert stage.decode(again) == read
    assert stage.identity(stage.decode(again), again) == stage.identity(read, message)


@given(ticket=generated.tickets, key=generated.keys, headers=generated.headers)
def test_a_ticket_that_was_read_passes_all_stages(
    ticket: dict[str, Any], key: bytes | None, headers: Any, line: Line
) -> None:
    """
    No text, no key and no header makes a stage fail; the result has the id that it always has,
    which a publisher cannot set by our own header for it.
    """
    message = incoming(json.dumps(ticket).encode(), key, headers)
    read = decoded(line.stages[0], message)
    if read is None:
        return

    honest = replace(message, headers=[(k, v) for k, v in headers if k != INPUT_ID])
    made, again = line.passed(message), line.passed(honest)

    for one, other in zip(made, again, strict=True):
        assert one.key == read.ticket_id.encode()
        assert header(one.headers, "ce_id") == header(other.headers, "ce_id")
        assert header(one.headers, "ce_inputid") == header(made[0].headers, "ce_inputid")
    result = ProcessedTicket.model_validate_json(made[-1].value or b"")
    assert (result.ticket_id, result.metadata) == (read.ticket_id, read.metadata)


@given(key=generated.keys, value=st.none() | generated.bodies)
def test_any_article_is_indexed_removed_or_rejected(key: bytes | None, value: bytes | None) -> None:
    """
    The reader of kb-articles goes on after any message.
    """
    latest_articles([_Record(key, value)])


def decoded(stage: Stage[Any, Any], message: Message) -> Any:
    """Return the event in *message*, or None if it is unprocessable."""
    try:
        return stage.decode(message)
    except Unprocessable:
        return None


def _change(event: Any, data: st.DataObject) -> None:
    """Replace something in *event*, at any depth, by any JSON."""
    while True:
        places = list(event) if isinstance(event, dict) else list(range(len(event)))
        place = data.draw(st.sampled_from(places))
        if isinstance(event[place], dict | list) and event[place] and data.draw(st.booleans()):
            event = event[place]
        else:
            event[place] = data.draw(generated.values)
            return


class _Record:
    """As much of a record of kb-articles as its reader looks at."""

    topic, partition, offset = ARTICLES.name, 0, 0

    def __init__(self, key: bytes | None, value: bytes | None) -> None:
        self.key, self.value = key, value
