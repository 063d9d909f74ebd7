"""The commands of docs/run/capacity.md."""

from __future__ import annotations

from streams.cli.capacity import measured, plan
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


def test_what_a_worker_with_all_stages_does() -> None:
    """
    The page adds up what the command counts with: all stages on one core.
    """
    page = " ".join((ROOT / "docs/run/capacity.md").read_text().split())
    ms = measured.CPU_MS.values()
    _, rate = plan.tickets_with_all_stages(plan.Load(1, 0, slots=64, window=256, replicas=3))

    assert f"{' + '.join(f'{one:g}' for one in ms)} = {sum(ms):g} ms" in page
    assert f"at most {rate:.0f} tickets a second, and {plan.SHARE * rate:.0f} are planned" in page
