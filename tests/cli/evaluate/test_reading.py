"""`ticketstream evaluate reading`, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from streams.cli.evaluate.options import OF_READING
from streams.cli.evaluate.reading import figures_of_reading
from tests.support.command_line import Env, call, on_terminal, person, rows
from tests.support.reading_cases import a_check, a_reading, with_article


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """Return a file with two inputs that are read rightly, and one that is not."""
    file = tmp_path / "cases.jsonl"
    own = a_reading(a_check("citations", "has", "ZZ-1"), input=with_article(), kind="own article")
    wrong = a_reading(a_check(), a_check("reading.text", "contains", "Zebra"), id="zebra")
    file.write_text("\n".join(map(json.dumps, (a_reading(), own, wrong))))
    return file


@pytest.fixture
def home(tmp_path: Path) -> Env:
    """Return the environment of somebody without Kafka."""
    return person(tmp_path, TICKETSTREAM_KAFKA_BROKERS="127.0.0.1:1")


def test_for_a_program(cases: Path, home: Env) -> None:
    """
    Each input is a line of JSON, and the figures are the last one; no text is in either.
    """
    done = call("evaluate", "reading", str(cases), env=home)
    *found, last = rows(done.stdout)

    assert done.returncode == 0, done.stderr
    assert [(one["id"], one["right"]) for one in found] == [
        ("cases-1", True),
        ("cases-2", True),
        ("zebra", False),
    ]
    assert found[2]["failed"] == [a_check("reading.text", "contains", "Zebra")]
    assert {f["name"]: f["value"] for f in last["figures"]} == {"right": 0.6667, "checks": 0.75}
    assert "Zebu" not in done.stdout


def test_one_object(cases: Path, home: Env) -> None:
    """
    With --json all is one object, with counts and intervals by any field.
    """
    asked = ("evaluate", "reading", str(cases), "--by", "kind", "--json", "--show")
    (found,) = rows(call(*asked, env=home).stdout)

    assert [(g["kind"], g["inputs"], g["right"], g["share"]) for g in found["groups"]] == [
        ("made up", 2, 1, 0.5),
        ("own article", 1, 1, 1),
    ]
    assert all(group["low"] < group["share"] <= group["high"] for group in found["groups"])
    assert "Zebu" in found["cases"][2]["failed"][0]["found"]
    assert found["faults"] == 0


def test_for_a_person(cases: Path, home: Env) -> None:
    """
    A person sees the kinds, the checks that fail, and the figures.
    """
    seen = on_terminal("evaluate", "reading", str(cases), env=home)

    assert "own article" in seen
    assert seen.index("zebra") > seen.index("Checks that fail:")
    assert "cases-1" not in seen
    assert seen.count("95 % interval") == 2


@pytest.mark.parametrize(
    ("goals", "code", "said"),
    [
        (("--min", "right=60%", "--max", "checks=0.8"), 0, ""),
        (("--min", "right=0.9"), 1, "right is 0.6667"),
        (("--min", "rigth=0.9"), 2, "Did you mean right?"),
    ],
)
def test_goals(goals: tuple[str, ...], code: int, said: str, cases: Path, home: Env) -> None:
    """
    The exit code says whether the figures reach what is asked, and why not.
    """
    done = call("evaluate", "reading", str(cases), *goals, env=home)

    assert done.returncode == code
    assert said in done.stderr


def test_broken_inputs(cases: Path, home: Env, tmp_path: Path) -> None:
    """
    A broken input is named, the others are read, and the exit code is 1; without any it is 2.
    """
    with cases.open("a") as file:
        file.write("\n{}\n")
    done = call("evaluate", "reading", str(cases), env=home)
    none = tmp_path / "none.json"
    none.write_text("{")
    without = call("evaluate", "reading", str(none), env=home)

    assert done.returncode == 1
    assert f"{cases}, line 4: input: Field required" in done.stderr
    assert len(rows(done.stdout)) == 4
    assert without.returncode == 2
    assert f"{none}: no input that can be read" in without.stderr


def test_the_figures_are_those_that_goals_name() -> None:
    """
    Each figure can have a goal, and no goal is for a figure that there is not.
    """
    assert tuple(figure.name for figure in figures_of_reading([])) == tuple(OF_READING)
