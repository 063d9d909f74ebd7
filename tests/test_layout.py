"""The layout holds: imports point one way, and each list of names stands once."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from schemas import topics
from streams.assembly import Assembly
from streams.definitions import taxonomy
from streams.pipeline import STAGES
from streams.settings import Settings

ROOT = Path(__file__).parents[1]
STAGE_FILES = [ROOT / "streams" / f"{stage}.py" for stage in STAGES]


def imports(file: Path) -> set[str]:
    """Return the modules that *file* imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_only_one_package_knows_faust() -> None:
    """
    What we rely on in Faust is found in one place.
    """
    knowing = {
        file.parent.name
        for file in (ROOT / "streams").rglob("*.py")
        if any(name.split(".")[0] in ("faust", "mode") for name in imports(file))
    }

    assert knowing == {"faust_driver"}


@pytest.mark.parametrize("file", STAGE_FILES, ids=lambda file: file.stem)
def test_a_stage_knows_no_kafka_and_no_backend(file: Path) -> None:
    """
    A stage is a pure function behind ports: no Kafka, environment or product.
    """
    outside = {"aiokafka", "faust", "os", "streams.backends", "streams.settings", "health"}

    assert not {name for name in imports(file) for out in outside if name.startswith(out)}


def test_the_sidecar_knows_no_stage() -> None:
    """
    The sidecar imports schemas, settings, Kafka and what every process needs, and never a stage.
    """
    common = ("errors", "service", "settings")
    allowed = ("streams.backends.kafka", *(f"streams.{name}" for name in common))
    known = {
        name
        for file in (ROOT / "health").rglob("*.py")
        for name in imports(file)
        if name.startswith("streams") and name not in ("streams", "streams.backends")
    }

    assert {name for name in known if not name.startswith(allowed)} <= {"streams.__version__"}


def test_schemas_know_nothing_but_themselves() -> None:
    """
    What travels does not depend on who works on it.
    """
    for file in (ROOT / "schemas").glob("*.py"):
        assert not {n for n in imports(file) if n.startswith(("streams", "health"))}, file


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
    kinds = taxonomy.load()

    assert {c.name: c.team for c in kinds.categories} == {
        "Billing": "Finance Team",
        "Technical": "Engineering",
        "Account": "Account Management",
        "Feature Request": "Product",
        "Other": "Customer Support",
    }
    assert [kinds.sla_hours(p) for p in ("P1", "P2", "P3")] == [4, 24, 72]
