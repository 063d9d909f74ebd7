"""The commands of docs/run/capacity.md."""

from __future__ import annotations

from tests.support.command_line import Env, rows, run_block
from tests.support.documents import ROOT, commands

(ASK,) = commands("docs/run/capacity.md")


def test_the_command() -> None:
    """
    It answers with rows, the second time for more slots and longer tickets.
    """
    env: Env = {"PATH": f"{ROOT / '.venv' / 'bin'}:/usr/bin:/bin"}
    done = run_block(ASK, env, ROOT)

    assert done.returncode == 0, done.stderr
    found = rows(done.stdout)
    half = len(found) // 2
    one, other = (
        {row["what"]: row["needed"] for row in part} for part in (found[:half], found[half:])
    )
    assert one.keys() == other.keys()
    assert other["drafting workers"] < one["drafting workers"]
    assert other["broker disk, GB"] > one["broker disk, GB"]
