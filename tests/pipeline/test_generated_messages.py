"""A worker that gets any messages at all."""

from __future__ import annotations

from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from schemas.envelope import header
from schemas.topics import DEAD_LETTERS, PROCESSED
from streams.settings import Settings
from streams.worker import Worker
from tests.support import generated
from tests.support.raw_records import Record, publish_raw
from tests.support.stages import all_done, publish, read, ticket


def records(count: int) -> list[Record]:
    """Return *count* records with any keys, values and headers."""
    made: list[Record] = []
    names = st.text(max_size=8).map(str.encode) | st.binary(max_size=8)
    values = st.none() | st.binary(max_size=20)

    @profile(max_examples=count)
    @given(generated.keys, st.none() | generated.bodies, st.lists(st.tuples(names, values)))
    def make(
        key: bytes | None, value: bytes | None, headers: list[tuple[bytes, bytes | None]]
    ) -> None:
        made.append(Record(key if value is not None else key or b"", value, headers))

    make()
    return made


async def test_every_message_is_accounted_for(settings: Settings) -> None:
    """
    Each comes out, is a dead letter of triage, a repeat, or null; the worker takes the next.
    """
    sent = records(300)
    nulls = sum(record.value is None for record in sent)
    skipped, repeats = _outcomes("skipped"), _outcomes("repeat")
    settings = settings.model_copy(update={"worker_http_port": 0})
    async with Worker(settings) as worker:
        await publish_raw(settings, *sent)
        await publish(settings, ticket(1))
        await all_done(settings, len(sent) + 1, seconds=100)
        letters = await read(settings, DEAD_LETTERS, 0)
        repeats = int(_outcomes("repeat") - repeats)
        out = await read(settings, PROCESSED, len(sent) + 1 - nulls - repeats - len(letters))
        assert set(worker.live().values()) == {"healthy"}

    assert len(out) + len(letters) + nulls + repeats == len(sent) + 1
    assert len({header(record.headers, "ce_id") for record in out}) == len(out)
    assert len(out) > 10
    assert len(letters) > 10
    assert _outcomes("skipped") - skipped == nulls > 5
    assert {header(letter.headers, "error-class") for letter in letters} == {"Unprocessable"}


def _outcomes(outcome: str) -> float:
    labels = {"stage": "triage", "outcome": outcome}
    return REGISTRY.get_sample_value("ticketstream_stage_out_total", labels) or 0.0
