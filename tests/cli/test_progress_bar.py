"""Progress bars, and what is written while one shows."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.support.command_line import person, seen_of

PROGRAM = """
from streams.cli import terminal

with terminal.progress(3, "letters") as bar:
    bar.update()
    terminal.complain("line 2: broken")
    bar.hide()
    print("a row")
    bar.update(2)
print("the end")
"""


def test_at_a_terminal(tmp_path: Path) -> None:
    """
    Complaints and rows stand on lines of their own, and nothing of the bar is left.
    """
    env = person(tmp_path, TERM="xterm", NO_COLOR="1")
    seen = seen_of(sys.executable, "-c", PROGRAM, env=env)

    assert "3/3 letters" in seen
    assert screen(seen) == ["line 2: broken", "a row", "the end"]


def test_elsewhere(tmp_path: Path) -> None:
    """
    A log or another program gets no bar, even where colours are forced.
    """
    env = person(tmp_path, FORCE_COLOR="1")
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True)

    assert done.stderr == "line 2: broken\n"
    assert done.stdout == "a row\nthe end\n"


def screen(seen: str) -> list[str]:
    """Return the lines that stand on a terminal after it has obeyed *seen*."""
    lines, row, column = [""], 0, 0
    for part in re.findall(r"\x1b\[[?0-9;]*[A-Za-z]|[\r\n]|[^\x1b\r\n]+", seen):
        if part == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif part == "\r":
            column = 0
        elif part == "\x1b[1A":
            row -= 1
        elif part == "\x1b[2K":
            lines[row] = ""
        elif not part.startswith("\x1b"):
            lines[row] = lines[row][:column] + part + lines[row][column + len(part) :]
            column += len(part)
    return [line for line in lines if line]
