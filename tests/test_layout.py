"""
Each list of names stands once, and each module has its tests.

Who may import whom is in .importlinter.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path
from pkgutil import iter_modules

from schemas import topics
from streams.assembly import Assembly
from streams.definitions.taxonomy import load_taxonomy
from streams.pipeline import STAGES
from streams.settings import Settings

ROOT = Path(__file__).parents[1]
LONGEST_FUNCTION = 45
"""Lines, with its docstring."""
TESTED = ("bench/**/*.py", "health/**/*.py", "schemas/**/*.py", "streams/**/*.py")
"""The modules that have a file of tests each."""
ELSEWHERE = {
    "streams/triage.py": "stages",
    "streams/retrieval.py": "stages",
    "streams/drafting.py": "stages",
    "streams/policy.py": "stages",
    "streams/agents.py": "pipeline",
    "streams/pipeline.py": "pipeline",
    "streams/worker.py": "pipeline",
}
"""The folders of those whose tests do not mirror their package: stages, and what needs a broker."""
UNTESTED = {
    "bench/chaos/__main__.py": "a program: test_program and test_run call it",
    "bench/chaos/scenarios/backends.py": "`make chaos` runs it",
    "bench/chaos/scenarios/brokers.py": "`make chaos` runs it",
    "bench/chaos/scenarios/workers.py": "`make chaos` runs it",
    "bench/chaos/world.py": "runs on a real Kafka: test_run runs it",
    "streams/faust_driver/hooks.py": "protocols: mypy holds what is passed in to them",
    "streams/reading/phrases.py": "a record of types: tests/definitions/test_phrases.py fills it",
    "streams/ports.py": "protocols: tests/contracts has a suite for each",
}
"""Modules with code of their own and without a file of tests, and why."""


def modules() -> Iterator[Path]:
    """Yield the modules that have code of their own; a package counts by its `__init__`."""
    for pattern in TESTED:
        for file in ROOT.glob(pattern):
            body = ast.parse(file.read_text()).body
            if any(isinstance(node, _CODE) for node in body):
                yield file.relative_to(ROOT)


_CODE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
"""What a module must define to have code of its own: names and values alone are data."""


def file_of_tests(module: Path) -> Path:
    """Return the file of tests that *module* is to have, by its name."""
    named = module.parent if module.name == "__init__.py" else module
    package = named.parent.relative_to("streams") if named.parts[0] == "streams" else named.parent
    folder = ELSEWHERE.get(module.as_posix(), package)
    return Path("tests", folder, f"test_{named.stem}.py")


def test_each_module_has_its_tests() -> None:
    """
    The tests of a module are found by its name, in the folder that mirrors its package.
    """
    missing = {
        module.as_posix() for module in modules() if not (ROOT / file_of_tests(module)).is_file()
    }

    assert missing == UNTESTED.keys()


def test_who_may_import_faust_is_said_of_every_module() -> None:
    """
    A new module of streams is among those that may not, unless it is an agent or the driver.
    """
    config = ConfigParser()
    config.read(ROOT / ".importlinter")
    refused = set(config["importlinter:contract:faust"]["source_modules"].split())
    modules = {f"streams.{m.name}" for m in iter_modules([str(ROOT / "streams")])}

    assert modules - refused == {"streams.faust_driver"}


def test_the_route_has_the_stages_in_the_order_of_their_names() -> None:
    """
    Commands, metrics and topics use the names that the route has.
    """

    stages = Assembly(Settings()).route.stages

    assert tuple(stage.name for stage in stages) == STAGES
    assert {stage.name: stage.reads for stage in stages} == topics.READS
    assert [s.reads for s in stages] + [stages[-1].writes] == [
        topics.INCOMING,
        topics.TRIAGED,
        topics.GROUNDED,
        topics.DRAFTED,
        topics.PROCESSED,
    ]


def test_dead_letters_may_be_larger_than_all_others() -> None:
    """
    A message as it came fits into the dead letters with its error headers.
    """
    others = [t.max_message_bytes for t in topics.ALL if t is not topics.DEAD_LETTERS]

    assert topics.DEAD_LETTERS.max_message_bytes > max(others)


def test_the_default_taxonomy_is_the_one_that_is_documented() -> None:
    """
    Teams and SLA hours without a taxonomy of one's own.
    """
    kinds = load_taxonomy()

    assert {c.name: c.team for c in kinds.categories} == {
        "Billing": "Finance Team",
        "Technical": "Engineering",
        "Account": "Account Management",
        "Feature Request": "Product",
        "Other": "Customer Support",
    }
    assert [kinds.sla_hours(p) for p in ("P1", "P2", "P3")] == [4, 24, 72]


def test_no_function_is_long() -> None:
    """
    A function that one has to scroll through does two things: it is split by idea.
    """
    files = [
        path for name in ("health", "schemas", "streams") for path in ROOT.glob(f"{name}/**/*.py")
    ]
    functions = [
        (node.name, str(path.relative_to(ROOT)), (node.end_lineno or 0) - node.lineno + 1)
        for path in files
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]

    assert len(functions) > 1_000
    assert not [one for one in functions if one[2] > LONGEST_FUNCTION]
