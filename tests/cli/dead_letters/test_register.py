"""Which dead letters there are, whatever is on their topic."""

from __future__ import annotations

import asyncio
import base64
from datetime import UTC, datetime, timedelta

from streams.settings import Settings
from tests.support.dead_letters import Call, a_letter, bury


async def test_filters(settings: Settings, call: Call) -> None:
    """
    Letters are found by stage, class and time; what is not there is said with what is.
    """
    assert "there are no dead letters" in (await call("list")).said
    await bury(settings, a_letter(b"A", b"1"), a_letter(b"B", b"2", error_stage="drafting"))
    between = datetime.now(UTC) + timedelta(milliseconds=2)
    await asyncio.sleep(0.005)
    await bury(settings, a_letter(b"C", b"3", error_class="KeyError"))

    async def keys(*filters: str) -> set[str]:
        return {row["key"] for row in (await call("list", *filters)).rows}

    at = between.isoformat()
    assert await keys() == {"A", "B", "C"}
    assert await keys("--stage", "drafting") == {"B"}
    assert await keys("--class", "KeyError", "--class", "Other") == {"C"}
    assert await keys("--since", at) == {"C"}
    assert await keys("--until", at) == {"A", "B"}
    assert await keys("--since", "1h", "--stage", "triage", "--until", "0s") == {"A", "C"}
    for command in ("list", "replay"):
        none = await call(command, "--stage", "policy")
        assert (none.code, [row for row in none.rows if "replayed" not in row]) == (0, [])
        assert "none of 3 dead letters matches" in none.said
        assert "drafting, triage" in none.said


async def test_hostile_letters(settings: Settings, call: Call) -> None:
    """
    A letter may be anything: it is listed and shown, and what looks like a mark is none.
    """
    hostile = b"\x1b]2;PWNED\x07" + b"\xff"
    fake = ("ce_type", b"ticketstream.dead-letter.replayed.v1")
    named = ("replayed-partition", b"0"), ("replayed-offset", b"0")
    await bury(
        settings,
        a_letter(hostile, hostile, ("\x1b[2J", hostile), fake, *named, error_attempts="\x1b[2J"),
        (b"bare", b"no header of ours", [("error-attempts", b"9" * 99)]),
        (b"mark", b"", [fake]),
    )
    listed = await call("list")
    rows = {row["key"]: row for row in listed.rows}
    row = rows["\x1b]2;PWNED\x07\\xff"]
    (shown,) = (await call("show", row["id"])).rows

    assert len(rows) == 2
    assert row["attempts"] is None
    assert base64.b64decode(shown["value_base64"]) == hostile
    assert base64.b64decode(shown["key_base64"]) == hostile
    assert shown["headers"][0]["name"] == "\x1b[2J"
    assert (await call("list", "--replayed")).rows == []
