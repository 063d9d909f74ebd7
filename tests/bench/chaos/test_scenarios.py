"""Which scenarios there are, and which of them run."""

from __future__ import annotations

from bench.chaos.scenarios import RUNS, chosen


def test_each_number_has_a_sentence() -> None:
    """
    There are twelve; each row has a title of its own and says what happens.
    """
    assert {run.number for run in RUNS} == set(range(1, 13))
    assert [run.number for run in RUNS] == sorted(run.number for run in RUNS)
    assert len({run.title for run in RUNS}) == len(RUNS)
    assert all(run.says for run in RUNS)


def test_what_runs_without_a_number() -> None:
    """
    All but those by hand; in small those that are quick.
    """
    all_of_them, quick = chosen((), quick=False), chosen((), quick=True)

    assert [run for run in RUNS if run not in all_of_them] == [run for run in RUNS if run.by_hand]
    assert 0 < len(quick) < len(all_of_them)
    assert all(run.quick and not run.by_hand for run in quick)


def test_what_runs_by_its_number() -> None:
    """
    A number means all its rows, also one by hand; in small only what is quick.
    """
    assert {run.number for run in chosen((1, 12), quick=False)} == {1, 12}
    assert len(chosen((9,), quick=False)) == sum(run.number == 9 for run in RUNS)
    assert chosen((12,), quick=True) == []
    assert [run.rival for run in chosen((1,), quick=True)] == [None]
