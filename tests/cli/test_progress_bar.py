"""Progress bars, and what is written while one shows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.command_line import person, screen, seen_of

PROGRAM = """
from streams.cli import progress_bar, terminal

progress_bar.QUICK_SECONDS = {quick}

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
    Complaints and rows stand on lines of their own, and nothing of the bar is left; what is
    quick shows none.
    """
    env = person(tmp_path, TERM="xterm", NO_COLOR="1")
    seen = seen_of(sys.executable, "-c", PROGRAM.format(quick=0), env=env)
    quick = seen_of(sys.executable, "-c", PROGRAM.format(quick=60), env=env)

    assert "3/3 letters" in seen
    assert screen(seen) == screen(quick) == ["line 2: broken", "a row", "the end"]
    assert "letters" not in quick


def test_elsewhere(tmp_path: Path) -> None:
    """
    A log or another program gets no bar, even where colours are forced.
    """
    env = person(tmp_path, FORCE_COLOR="1")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(quick=0)], env=env, capture_output=True, text=True
    )

    assert done.stderr == "line 2: broken\n"
    assert done.stdout == "a row\nthe end\n"
