"""`ticketstream evaluate verifier`, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import Env, call, on_terminal, person, rows
from tests.support.evaluations import Case


@pytest.fixture
def cases(honest: Case, wrong: Case, tmp_path: Path) -> Path:
    """Return a file with an honest case, a wrong one, and a wrong one that is labelled honest."""
    file = tmp_path / "cases.jsonl"
    mislabelled = {**wrong, "id": "mislabelled", "must": "passed"}
    file.write_text("\n".join(map(json.dumps, (honest, wrong, mislabelled))))
    return file


@pytest.fixture
def home(tmp_path: Path) -> Env:
    """Return the environment of somebody without Kafka, whose settings ask for a model."""
    return person(tmp_path, TICKETSTREAM_LLM="openai", TICKETSTREAM_KAFKA_BROKERS="127.0.0.1:1")


def values(figures: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the value of each figure by its name."""
    return {figure["name"]: figure["value"] for figure in figures}


def test_for_a_program(cases: Path, home: Env) -> None:
    """
    Each verdict is a line of JSON, and the figures are the last one.
    """
    done = call("evaluate", "verifier", str(cases), env=home)
    *verdicts, last = rows(done.stdout)

    assert done.returncode == 0, done.stderr
    assert [(v["id"], v["verdict"], v["right"]) for v in verdicts] == [
        ("honest-1", "passed", True),
        ("wrong-1", "failed", True),
        ("mislabelled", "failed", False),
    ]
    assert values(last["figures"]) == {
        "wrong_passed": 0,
        "wrong_failed": 1,
        "honest_passed": 0.5,
        "honest_not_failed": 0.5,
        "must_pass": 0,
        "right": 0.6667,
    }


def test_one_object(cases: Path, home: Env) -> None:
    """
    With --json all is one object: figures with intervals, cases, and their counts by any field.
    """
    asked = ("evaluate", "verifier", str(cases), "--by", "must", "--json")
    (found,) = rows(call(*asked, env=home).stdout)

    assert {figure["of"] for figure in found["figures"]} == {1, 2, 3}
    assert {group["must"]: group["drafts"] for group in found["groups"]} == {
        "not failed": 1,
        "not passed": 1,
        "passed": 1,
    }
    assert len(found["cases"]) == 3
    assert sum(reason["wrong"] for reason in found["reasons"]) >= 1


@pytest.mark.parametrize(
    ("by", "said"),
    [
        ("nosuch", "--by nosuch: choose among label, kind, must, style."),
        ("knd", "Did you mean kind?"),
        ("passages", "choose among label, kind, must, style."),
        ("model_dump", "choose among"),
    ],
)
def test_a_field_that_no_case_has(
    by: str, said: str, honest: Case, tmp_path: Path, home: Env
) -> None:
    """
    It is told before the drafts are judged, with the fields by which they can be counted.
    """
    file = tmp_path / "cases.jsonl"
    file.write_text(json.dumps({**honest, "style": "short", "note": ["of", "mine"]}))
    done = call("evaluate", "verifier", str(file), "--by", by, env=home)

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_for_a_person(cases: Path, home: Env) -> None:
    """
    A person sees the kinds, the verdicts that are not right, and the figures.
    """
    seen = on_terminal("evaluate", "verifier", str(cases), env=home)

    assert "Not right:" in seen
    assert seen.index("mislabelled") > seen.index("Not right:")
    assert "honest-1" not in seen
    assert "Drafts that each reason stopped:" in seen
    assert "95 % interval" in seen


@pytest.mark.parametrize(
    ("goals", "code", "said"),
    [
        (("--max", "wrong_passed=0", "--min", "honest_passed=50%"), 0, ""),
        (("--min", "honest_passed=0.9"), 1, "honest_passed is 0.5"),
        (("--max", "wrong_pased=0"), 2, "Did you mean wrong_passed?"),
    ],
)
def test_goals(goals: tuple[str, ...], code: int, said: str, cases: Path, home: Env) -> None:
    """
    The exit code says whether the figures reach what is asked, and why not.
    """
    done = call("evaluate", "verifier", str(cases), *goals, env=home)

    assert done.returncode == code
    assert said in done.stderr


def test_broken_cases(cases: Path, home: Env) -> None:
    """
    A broken case is named, the others are judged, and the exit code is 1.
    """
    with cases.open("a") as file:
        file.write("\n{}\n")
    done = call("evaluate", "verifier", str(cases), env=home)

    assert done.returncode == 1
    assert f"{cases}, line 4: " in done.stderr
    assert len(rows(done.stdout)) == 4


def test_no_case_at_all(home: Env, tmp_path: Path) -> None:
    """
    A path without a case that can be read is an error.
    """
    file = tmp_path / "none.jsonl"
    file.write_text("{}\n")
    done = call("evaluate", "verifier", str(file), env=home)

    assert done.returncode == 2
    assert f"{file}: no case that can be read" in done.stderr
