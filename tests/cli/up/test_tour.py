"""What comes out, shown."""

from __future__ import annotations

import pytest

from schemas.dead_letters import mark
from schemas.topics import DEAD_LETTERS
from streams.cli.up.display import Display
from streams.cli.up.tour import show_result
from streams.settings import Settings
from tests.support.dead_letters import NOW, a_letter, bury, on


async def test_up_shows_letters_and_no_marks(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    `up` shows a dead letter in one line that says why and where all of it is; nothing of a mark.
    """
    await bury(
        settings,
        a_letter(b"T-1", b"1", error_message="raw_message: " + "x" * 200),
        (b"T-1", None, mark((0, 0), to="x", at=NOW)),
        a_letter(None, b"1"),
    )
    records = await on(settings, DEAD_LETTERS, 3)
    ids = [f"{record.partition}-{record.offset}" for record in records]
    display = Display()
    shown = [show_result(display, record) for record in records]

    assert shown == [True, False, True]
    assert capsys.readouterr().err.splitlines() == [
        f"T-1  dead letter {ids[0]} (Unprocessable): raw_message: {'x' * 200};"
        f" ticketstream dead-letters show {ids[0]}",
        f"dead letter {ids[2]} (Unprocessable): raw_message: Field required;"
        f" ticketstream dead-letters show {ids[2]}",
    ]
