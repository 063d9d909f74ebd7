"""
What only HTTP can bring: encodings, media types and headers, and what comes of them.

`tests/test_bad_input.py` has what is wrong with tickets themselves.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from schemas.envelope import header
from schemas.ticket import MAX_TICKET_BYTES
from tests.health.conftest import PROCESS, Client, a_ticket
from tests.support.echo_pipeline import EchoPipeline

TICKET = json.dumps(a_ticket(ticket_id="T-1")).encode()
JSON = "application/json"
FORM = 'multipart/form-data; boundary="b"'
BOMB = gzip.compress(b" " * 50_000_000)
"""50 kB that unpack to 50 MB."""


@dataclass(frozen=True)
class Row:
    """What is sent, and the status that it has."""

    what: str
    body: bytes
    headers: Mapping[str, str]
    status: int


def row(what: str, body: bytes, status: int, kind: str = JSON, encoding: str = "") -> Row:
    """Return a row with a body of *kind*, encoded as *encoding*."""
    more = {"content-encoding": encoding} if encoding else {}
    return Row(what, body, {"content-type": kind, **more}, status)


ROWS = [
    row("UTF-8 by name", TICKET, 200, f"{JSON}; charset=UTF-8"),
    row("UTF-16 by name", TICKET.decode().encode("utf-16"), 415, f"{JSON}; charset=utf-16"),
    row("a form", b"ticket_id=1", 415, "application/x-www-form-urlencoded"),
    row("a form with files", b"--b\r\n\r\n" + TICKET + b"\r\n--b--", 415, FORM),
    row("a type that is none", TICKET, 415, ";;/"),
    row("JSON of another kind", TICKET, 415, "application/ld+json"),
    row("gzip", gzip.compress(TICKET), 200, encoding="gzip"),
    row("deflate", zlib.compress(TICKET), 200, encoding="deflate"),
    row("gzip that is none", TICKET, 400, encoding="gzip"),
    row("a part of a gzip", gzip.compress(TICKET)[:-30], 422, encoding="gzip"),
    row("an encoding that nobody knows", TICKET, 415, encoding="rot13"),
    row("an encoding twice", gzip.compress(gzip.compress(TICKET)), 415, encoding="gzip, gzip"),
    row("a gzip bomb", BOMB, 413, encoding="gzip"),
    row("a deflate bomb", zlib.compress(b"[" * 50_000_000), 413, encoding="deflate"),
    row("a bomb in a bomb", gzip.compress(BOMB), 422, encoding="gzip"),
    row("just too large", b" " * (MAX_TICKET_BYTES - len(TICKET) + 1) + TICKET, 413),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what)
async def test_what_is_sent_has_its_status(
    row: Row, client: Client, pipeline: EchoPipeline
) -> None:
    """
    A ticket in JSON is taken, packed or not; whatever else it is has a status that says what.
    """
    answer = await client.call("POST", PROCESS, data=row.body, headers=row.headers)

    assert answer.status == row.status
    assert "John Doe" not in json.dumps(answer.body) or row.status == 200


@pytest.mark.parametrize("key", ["\u202e\U0001f600", "m 1", "a/../b", "x" * 256])
async def test_any_text_may_be_an_idempotency_key(
    client: Client, pipeline: EchoPipeline, key: str
) -> None:
    """
    It comes back as message_id, as it was.
    """
    answer = await client.process(a_ticket(), headers={"Idempotency-Key": key})

    assert answer.body["result"]["message_id"] == key


async def test_a_header_that_is_not_utf8(client: Client, pipeline: EchoPipeline) -> None:
    """
    As a key it is refused, for it would not come back as it was; elsewhere it is nobody's affair.
    """
    latin = b"\xe9".decode("utf-8", "surrogateescape")

    other = await client.process(a_ticket(), headers={"x-request-id": latin, "x-other": latin})
    key = await client.process(a_ticket(), headers={"Idempotency-Key": latin})

    assert other.status == 200
    assert other.headers["x-request-id"].startswith("req-")
    assert key.status == 422
    assert key.body["detail"][0]["loc"] == ["header", "idempotency-key"]


async def test_callers_forge_no_event(client: Client, pipeline: EchoPipeline) -> None:
    """
    Headers of a call do not become headers of its event, but for the trace.
    """
    ticket = a_ticket()
    forged = ("ce_id", "ce_source", "ce_inputid", "correlation-id", "run", "error-stage")

    plain = await client.process(ticket)
    answer = await client.process(ticket, headers=dict.fromkeys(forged, "forged"))

    assert answer.body == plain.body
    assert pipeline.taken[ticket["ticket_id"]] == 1
    assert {header(pipeline.headers[ticket["ticket_id"]], name) for name in forged} & {
        "forged"
    } == set()
