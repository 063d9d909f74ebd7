"""
The operator's YAML files, read into models. All that is wrong in one is said at once.

Each mistake is named by file, line, column and field, and never by its value. YAML is taken in
the form that means one thing: a key that comes twice, of which most parsers silently take the
last, is a mistake, and so are keys that are no text, aliases, which can stand for gigabytes, and
more than one document.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from streams.errors import ConfigurationError, reason_of

MOST_BYTES = 4_000_000
MOST_SHOWN = 10
"""Mistakes of one file; of more, the number is said."""

_Place = tuple[str | int, ...]


class Part(BaseModel):
    """A part of what an operator defines: it has the fields that we know, and no others."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Definition(Part):
    """All that an operator defines in one file."""

    @classmethod
    def across(cls, given: Mapping[str, Any]) -> Iterator[PydanticCustomError]:
        """
        Yield the mistakes of *given* that only several fields together show (see `mistake`).

        Any of its fields may be missing or wrong by itself, which is said elsewhere.
        """
        yield from ()

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        for error in self.across(self.model_dump()):
            raise error
        return self


Model = TypeVar("Model", bound=Definition)


def load_yaml(path: Path, model: type[Model]) -> Model:
    """
    Return the *model* that the file at *path* holds.

    Raises:
        ConfigurationError: It does not hold one; the message has all mistakes, each with its line.
    """
    text = _text(path)
    document = _Document(path, text)
    explainer = _Explainer(document, model)
    try:
        loaded = model.model_validate(document.value)
    except ValidationError as error:
        document.mistakes += map(explainer.mistake, _errors(error))
    else:
        if not document.mistakes:
            return loaded
    if isinstance(document.value, dict):
        document.mistakes += map(explainer.across, model.across(document.value))
    raise ConfigurationError(_said(path, list(dict.fromkeys(document.mistakes))))


def mistake(reason: str, *at: str | int) -> PydanticCustomError:
    """Return what a validator of a model raises if the mistake is *at* a field inside it."""
    return PydanticCustomError("mistake", "{reason}", {"reason": reason, "at": at})


def named(given: Mapping[str, Any], field: str, name: str) -> Iterator[tuple[int, str]]:
    """Yield the number and the *name* of each part in the list *field* of *given* that has one."""
    parts = given.get(field)
    for n, part in enumerate(parts if isinstance(parts, list | tuple) else ()):
        if isinstance(part, dict) and isinstance(found := part.get(name), str):
            yield n, found


@dataclass(frozen=True)
class _Mistake:
    """What is wrong, where: line and column from 1, and the field if there is one."""

    line: int
    column: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.reason}"

    @classmethod
    def marked(cls, mark: yaml.Mark, reason: str) -> _Mistake:
        return cls(mark.line + 1, mark.column + 1, reason)


def _said(path: Path, mistakes: list[_Mistake]) -> str:
    """Return *mistakes* as one sentence, or as a heading and a line for each."""
    ordered = sorted(mistakes, key=lambda m: (m.line, m.column))
    if len(ordered) == 1:
        return f"{path}, {ordered[0]}"
    more = [f"and {len(ordered) - MOST_SHOWN} more"] if len(ordered) > MOST_SHOWN else []
    return "\n  ".join([f"{path}: {len(ordered)} mistakes", *map(str, ordered[:MOST_SHOWN]), *more])


def _text(path: Path) -> str:
    """Return what the file at *path* says, or raise ConfigurationError."""
    try:
        if path.exists() and not path.is_file():  # to open a pipe waits for its writer
            raise ConfigurationError(f"{path}: is no file")
        if path.stat().st_size > MOST_BYTES:
            raise ConfigurationError(f"{path}: is larger than {MOST_BYTES:,} bytes")
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        why = os.strerror(getattr(error, "errno", None) or 0) if isinstance(error, OSError) else ""
        raise ConfigurationError(f"{path}: cannot be read ({why or 'no such name'})") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"{path}, line {line}: is not UTF-8: save it as UTF-8") from None


class Refused(yaml.MarkedYAMLError):
    """A text has something that YAML knows and we do not take; `problem` and `problem_mark`."""

    def __init__(self, problem: str, mark: yaml.Mark) -> None:
        super().__init__(problem=problem, problem_mark=mark)


class Strict(yaml.parser.Parser, yaml.composer.Composer):
    """
    Goes before a YAML loader's class, for one that takes what means one thing.

    Refused are aliases, a few of which can stand for gigabytes, and keys that come twice: of
    two values the last would win without a word.
    """

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Return the next node, or raise Refused."""
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # no stub has it
            raise Refused("an alias (*): write out the value", mark)
        node = super().compose_node(parent, index)
        if isinstance(node, yaml.MappingNode):
            seen: dict[str, yaml.ScalarNode] = {}
            for key, _ in node.value:
                if isinstance(key, yaml.ScalarNode) and is_text(key):
                    if key.value in seen:
                        self.repeated(key, seen[key.value])
                    seen.setdefault(key.value, key)
        return node

    def repeated(self, key: yaml.ScalarNode, first: yaml.ScalarNode) -> None:
        """Refuse *key*, which is the same as *first* before it."""
        raise Refused(f"{key.value} twice", key.start_mark)


def is_text(node: yaml.ScalarNode) -> bool:
    """Return whether the loader takes *node* for text."""
    return node.tag.endswith(":str")


class _Document:
    """The value of a YAML text, where each part of it stands, and what is wrong with its form."""

    def __init__(self, path: Path, text: str) -> None:
        """Read *text*; raises ConfigurationError if it is no YAML at all."""
        self.mistakes: list[_Mistake] = []
        self._marks: dict[_Place, yaml.Mark] = {}
        self._odd: set[_Place] = set()
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
            raise ConfigurationError(f"{path}, {_Mistake.marked(found, _problem(error))}") from None
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            raise ConfigurationError(f"{path}, line {line}: has a control character") from None
        except RecursionError:
            raise ConfigurationError(f"{path}: is nested too deeply") from None

    def mark(self, place: _Place) -> yaml.Mark:
        """Return where *place* stands, or the nearest part around it that does stand there."""
        while place not in self._marks:
            place = place[:-1]
        return self._marks[place]

    def is_text_by_quotes_only(self, place: _Place) -> bool:
        """Say whether *place* is a plain word that YAML takes for a number, truth or time."""
        return place in self._odd

    def _read(self, node: yaml.Node, place: _Place) -> Any:
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

    def _mapping(self, node: yaml.MappingNode, place: _Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or not is_text(key):
                self._wrong(key, "a key that is not text: put it in quotes if it is meant")
            elif key.value not in found:
                self._marks[*place, key.value] = key.start_mark
                found[key.value] = self._read(value, (*place, key.value))
        return found

    def _wrong(self, node: yaml.Node, reason: str) -> None:
        self.mistakes.append(_Mistake.marked(node.start_mark, reason))


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


def _errors(error: ValidationError) -> list[ErrorDetails]:
    """Return what is wrong: not that a list is too short because its parts are wrong."""
    found = error.errors(include_url=False, include_input=False)
    around = {e["loc"][:n] for e in found for n in range(len(e["loc"]))}
    return [e for e in found if e["type"] != "too_short" or e["loc"] not in around]


class _Explainer:
    """Says of pydantic's errors where in the file they are, and what to do."""

    def __init__(self, document: _Document, model: type[BaseModel]) -> None:
        self._document, self._model = document, model

    def mistake(self, error: ErrorDetails) -> _Mistake:
        place = (*error["loc"], *error.get("ctx", {}).get("at", ()))
        return self._at(place, self._reason(error, place))

    def across(self, error: PydanticCustomError) -> _Mistake:
        """Return what `Definition.across` found."""
        return self._at((error.context or {}).get("at", ()), error.message())

    def _at(self, place: _Place, reason: str) -> _Mistake:
        field = ".".join(str(part) for part in place if part != "[key]")
        return _Mistake.marked(
            self._document.mark(place), f"{field}: {reason}" if field else reason
        )

    def _reason(self, error: ErrorDetails, place: _Place) -> str:
        if error["type"] == "extra_forbidden":
            known = sorted(_fields(self._model, place[:-1]))
            near = difflib.get_close_matches(str(place[-1]), known, n=1)
            if near:
                return f"no such field; did you mean {near[0]}?"
            return f"no such field; there are {', '.join(known)}"
        if error["type"] == "string_type" and self._document.is_text_by_quotes_only(place):
            return "is not text here: put it in quotes"
        return reason_of(error)


def _fields(model: type[BaseModel], place: _Place) -> set[str]:
    """Return the names of the fields that the part of a *model* at *place* may have."""
    parts = [model]
    for name in place:
        if isinstance(name, str) and (within := [p for p in parts if name in p.model_fields]):
            parts = [m for p in within for m in _models(p.model_fields[name].annotation)]
    return {name for part in parts for name in part.model_fields}


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models that *annotation* names, at any depth."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)
