"""
A YAML text as a value that knows where each of its parts stands, and what is wrong with its form.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from streams.definitions.operator_files import Mistake
from streams.definitions.strict_yaml import Strict, is_text
from streams.errors import ConfigurationError

FieldPath = tuple[str | int, ...]
"""Keys and numbers on the way to a part of a document."""


class Document:
    """The value of a YAML text, where each part of it stands, and what is wrong with its form."""

    def __init__(self, path: Path, text: str) -> None:
        """Read *text*; raises ConfigurationError if it is no YAML at all."""
        self.mistakes: list[Mistake] = []
        self._marks: dict[FieldPath, yaml.Mark] = {}
        self._odd: set[FieldPath] = set()
        try:
            self._loader = _Loader(text)
            node = self._loader.get_single_node()
            if node is None:
                raise ConfigurationError(f"{path}: is empty")
            self.value = self._read(node, ())
            for key, first in self._loader.repeats:
                self._wrong(
                    key, f"{key.value}: is already given in line {first.start_mark.line + 1}"
                )
        except yaml.MarkedYAMLError as error:
            found = error.problem_mark or error.context_mark
            assert found  # noqa: S101  # all that reading raises have one
            raise ConfigurationError(f"{path}, {Mistake.marked(found, _problem(error))}") from None
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            raise ConfigurationError(f"{path}, line {line}: has a control character") from None
        except RecursionError:
            raise ConfigurationError(f"{path}: is nested too deeply") from None

    def mark(self, place: FieldPath) -> yaml.Mark:
        """Return where *place* stands, or the nearest part around it that does stand there."""
        while place not in self._marks:
            place = place[:-1]
        return self._marks[place]

    def is_text_by_quotes_only(self, place: FieldPath) -> bool:
        """Say whether *place* is a plain word that YAML takes for a number, truth or time."""
        return place in self._odd

    def _read(self, node: yaml.Node, place: FieldPath) -> Any:
        self._marks.setdefault(place, node.start_mark)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self._read(one, (*place, n)) for n, one in enumerate(node.value)]
        if not node.tag.endswith((":str", ":null")):
            self._odd.add(place)
        try:
            return self._loader.construct_object(node)
        except (ValueError, OverflowError):
            self._wrong(node, "is no value that exists: put it in quotes if it is text")
            return None

    def _mapping(self, node: yaml.MappingNode, place: FieldPath) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or not is_text(key):
                self._wrong(key, "a key that is not text: put it in quotes if it is meant")
            elif key.value not in found:
                self._marks[*place, key.value] = key.start_mark
                found[key.value] = self._read(value, (*place, key.value))
        return found

    def _wrong(self, node: yaml.Node, reason: str) -> None:
        self.mistakes.append(Mistake.marked(node.start_mark, reason))


class _Loader(Strict, yaml.SafeLoader):
    """Remembers the keys that repeat, each with the first of its name, to say them all."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.repeats: list[tuple[yaml.ScalarNode, yaml.ScalarNode]] = []

    def repeated(self, key: yaml.ScalarNode, first: yaml.ScalarNode) -> None:
        self.repeats.append((key, first))


def _problem(error: yaml.MarkedYAMLError) -> str:
    """Return what is wrong with the form, in words that say what to do where we have some."""
    problem = str(error.problem or "not YAML")
    if r"'\t'" in problem:
        return "a tab: indent by spaces"
    if "another document" in problem:
        return "a second document begins (---): keep one"
    return problem
