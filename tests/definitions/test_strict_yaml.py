"""YAML that means one thing."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from streams.definitions.strict_yaml import DisallowedYaml, Strict, is_text


class Loader(Strict, yaml.SafeLoader):
    """A strict loader of plain values."""


def load(text: str) -> Any:
    """Return the value of *text*."""
    return yaml.load(text, Loader)  # noqa: S506  # it is a SafeLoader


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: [1, x]\nb: {a: 2}", {"a": [1, "x"], "b": {"a": 2}}),
        ("1: a\n'1': b", {1: "a", "1": "b"}),
        ("a: &anchor x", {"a": "x"}),
        ("- a: x\n- a: x", [{"a": "x"}, {"a": "x"}]),
    ],
)
def test_what_means_one_thing_is_taken(text: str, value: Any) -> None:
    """
    The same key in two mappings, another key of the same look, an anchor that is not used: fine.
    """
    assert load(text) == value


@pytest.mark.parametrize(
    ("text", "problem", "line"),
    [
        ("a: x\nb: y\na: z", "a twice", 2),
        ("b:\n  a: x\n  'a': z", "a twice", 2),
        ("a: &x y\nb: *x", r"an alias \(\*\): write out the value", 1),
    ],
)
def test_what_means_two_is_refused(text: str, problem: str, line: int) -> None:
    """
    A key that comes twice, however it is written, and an alias are refused where they stand.
    """
    with pytest.raises(DisallowedYaml, match=problem) as caught:
        load(text)

    assert caught.value.problem_mark
    assert caught.value.problem_mark.line == line


@pytest.mark.parametrize(("text", "is_so"), [("x", True), ("'1'", True), ("1", False), ("", False)])
def test_text_by_its_tag(text: str, is_so: bool) -> None:
    """
    A plain word and whatever is in quotes are text; what YAML takes for a number is not.
    """
    node = yaml.compose(text or "~", Loader)

    assert isinstance(node, yaml.ScalarNode)
    assert is_text(node) is is_so
