"""What `ticketstream up` shows of tickets: to a program, and to a person at a terminal."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from schemas import IncomingTicket, ProcessedTicket
from streams.cli.publish.tickets import BrokenLine
from streams.cli.up.display import Display
from tests.support.command_line import ESCAPE, person, processed, screen, seen_of

ASKED = IncomingTicket(ticket_id="T-1", customer_name="Ada", raw_message="Where is my money?")


def a_ticket(ticket_id: str = "T-1", compliance: str = "passed") -> ProcessedTicket:
    """Return a processed ticket with this verdict."""
    made = ProcessedTicket.model_validate_json(processed(ticket_id))
    check = made.policy_check.model_copy(update={"compliance": compliance})
    return made.model_copy(update={"policy_check": check})


async def test_a_program_gets_events(capfd: pytest.CaptureFixture[str]) -> None:
    """
    Standard output has each event as it came, a line each, and nothing else.
    """
    display = Display()
    display.expect_one()
    display.processed(b'{"as": "it came"}', a_ticket(), ASKED)
    display.dead_letter("T-2", "7-1", "KeyError", "a bug")
    display.summary()
    await display.flushed()

    out, said = capfd.readouterr()
    assert out == '{"as": "it came"}\n'
    assert "T-2  dead letter 7-1 (KeyError): a bug; ticketstream dead-letters show 7-1" in said


def test_the_sum(capfd: pytest.CaptureFixture[str]) -> None:
    """
    All that came out are counted by what became of them, and the draft of one is shown.
    """
    display = Display()
    for number, compliance in enumerate(("warning", "passed", "passed", "failed")):
        display.expect_one()
        display.processed(b"", a_ticket(f"T-{number}", compliance), ASKED)
    display.dead_letter("", "7-1", "KeyError", "a bug")
    display.summary()

    said = capfd.readouterr().err
    assert "5 tickets came out: 2 passed, 1 warning, 1 failed, 1 dead letter." in said
    assert said.count("Draft for ") == 1
    assert "Draft for T-1" in said
    assert "Where is my money?" in said


def test_several_dead_letters(capfd: pytest.CaptureFixture[str]) -> None:
    """
    Two are not one.
    """
    display = Display()
    display.expect_one()
    for number in range(2):
        display.dead_letter("T", f"7-{number}", "KeyError", "a bug")
    display.summary()

    assert "2 tickets came out: 2 dead letters." in capfd.readouterr().err


def test_nothing_was_expected(capfd: pytest.CaptureFixture[str]) -> None:
    """
    Where no ticket was sent, nothing is summed up.
    """
    Display().summary()

    assert capfd.readouterr() == ("", "")


def test_tickets_of_others(capfd: pytest.CaptureFixture[str]) -> None:
    """
    A ticket that we did not send is counted; its question is not known, so its draft is not shown.
    """
    display = Display()
    display.expect_one()
    display.processed(b"", a_ticket(), None)
    display.summary()

    said = capfd.readouterr().err
    assert "1 ticket came out: 1 passed." in said
    assert "Draft for" not in said


@pytest.mark.parametrize(("count", "named"), [(1, 1), (10, 10), (5000, 10)])
def test_broken_lines(capfd: pytest.CaptureFixture[str], count: int, named: int) -> None:
    """
    Ten lines of a file of another form are named, and all of them are counted.
    """
    display = Display()
    for number in range(count):
        display.broken("f.jsonl", BrokenLine(number, "message: Invalid JSON"))
    display.summary()

    said = capfd.readouterr().err
    assert said.count("f.jsonl, line ") == named
    assert f"{count:,} line" in said.splitlines()[-1]


def test_a_dead_letter_is_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    """
    What somebody wrote into a key or reason breaks no line and moves no cursor.
    """
    Display().dead_letter("T\n\x1b[2J", "7-1", "Error", "a\r\nb")

    said = capfd.readouterr().err
    assert said.count("\n") == 1
    assert "\x1b" not in said


PROGRAM = """
from tests.cli.up.test_display import ASKED, a_ticket
from streams.cli.publish.tickets import BrokenLine
from streams.cli.up.display import Display

display = Display()
with display.counting():
    for ticket_id in ("T-1", "a-very-long-ticket-id-of-some-help-desk", "T\\x1b[2J"):
        display.expect_one()
        display.processed(b"", a_ticket(ticket_id), ASKED)
    display.broken("f.jsonl", BrokenLine(2, "message: Invalid JSON"))
display.say("the end")
"""


@pytest.mark.parametrize("columns", [60, 80, 120, 200])
def test_at_a_terminal(tmp_path: Path, columns: int) -> None:
    """
    A person reads a table: rows have their place under the heading, an id is never cut, what
    customers write is not obeyed, and of the bar nothing is left.
    """
    env = person(tmp_path, COLUMNS=str(columns), NO_COLOR="1", TERM="xterm")
    seen = seen_of(sys.executable, "-c", PROGRAM, env=env)
    head, first, *rest = screen(ESCAPE.sub("", seen))

    assert head.split()[:4] == ["ticket", "category", "prio", "verdict"]
    assert first.index("Billing") == head.index("category")
    assert first[head.index("why") :].strip()
    assert rest[0].startswith("a-very-long-ticket-id-of-some-help-desk ")
    assert ("team" in head) is (columns == 200)
    assert "\x1b[2J" not in seen
    assert rest[-2:] == ["f.jsonl, line 2: message: Invalid JSON", "the end"]
    assert not any("━" in line for line in rest)
