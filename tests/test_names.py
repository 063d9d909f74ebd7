"""A word names one thing: no two modules of the product have a class or a function of one name."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("streams", "schemas", "health", "bench")
ONE_THING = {
    "main": ("", "what a program starts with"),
    "measure": ("bench/", "what a program of bench measures, without its options and its table"),
    "answer": ("bench/chaos/rivals/", "the same worker, written with each rival's library"),
    "said": ("bench/chaos/rivals/", "the same worker, written with each rival's library"),
}
"""Names that several modules have for the same thing: the modules' folder, and the reason."""


@pytest.fixture(scope="module")
def modules() -> dict[str, list[str]]:
    """Return the modules of each public name."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            for name in _names(ast.parse(file.read_text(encoding="utf-8"))):
                found[name].append(file.relative_to(ROOT).as_posix())
    return found


def test_no_word_names_two_things(modules: dict[str, list[str]]) -> None:
    """
    Public classes, types and functions of modules have names that no other module has.
    """
    doubled = {
        name: own
        for name, of in modules.items()
        if len(own := [one for one in of if not _is_one_thing(name, one)]) > 1
        or (own and own != of)
    }

    assert doubled == {}


def test_what_may_be_named_alike_is(modules: dict[str, list[str]]) -> None:
    """
    A name leaves the list of those that several modules may have when only one has it.
    """
    assert [name for name in ONE_THING if len(modules[name]) < 2] == []


def _is_one_thing(name: str, module: str) -> bool:
    return name in ONE_THING and module.startswith(ONE_THING[name][0])


def _names(module: ast.Module) -> Iterator[str]:
    """Yield the public names of classes, types (`Place = tuple[int, int]`) and functions."""
    for one in module.body:
        if isinstance(one, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names = [one.name]
        elif isinstance(one, ast.Assign) and not _is_type_variable(one.value):
            targets = (target.id for target in one.targets if isinstance(target, ast.Name))
            names = [name for name in targets if name[0].isupper() and not name.isupper()]
        else:
            continue
        yield from (name for name in names if not name.startswith("_"))


def _is_type_variable(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and ast.unparse(value.func) == "TypeVar"
