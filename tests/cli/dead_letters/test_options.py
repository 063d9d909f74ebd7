"""`ticketstream dead-letters`: what is meant wrongly."""

from __future__ import annotations

import pytest

from streams.settings import Settings
from tests.support.dead_letters import Call


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["replay"], "Give IDs"),
        (["replay", "0-0", "--all"], "Give IDs"),
        (["replay", "--all", "--with", __file__], "one ID"),
        (["replay", "0-0", "--other-ticket"], "--with"),
        (["replay", "0-0", "0-99"], "no dead letter has the ID 0-0, 0-99"),
        (["replay", "99-0"], "no dead letter has the ID 99-0"),
        (["show", "99-0"], "no dead letter has the ID 99-0"),
        (["show", "7"], "7 is not the ID"),
        (["show", "1-1\u0663"], "is not the ID"),
        (["list", "--since", "yesterday"], "--since"),
        (["list", "--since", "99999999d"], "--since"),
    ],
)
async def test_wrong_use(settings: Settings, call: Call, arguments: list[str], said: str) -> None:
    """
    What is meant wrongly is said with the way out, and nothing is done: exit code 2.
    """
    done = await call(*arguments)

    assert (done.code, done.rows) == (2, [])
    assert said in done.said
