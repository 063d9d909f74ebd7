"""
The operator's YAML files, read into models. All mistakes of a file are said at once.

Each mistake is named by file, line, column and field, and never by its value. `strict_yaml.py`
says which YAML is refused, `yaml_document.py` remembers where each part stands.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Self, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from streams.definitions.operator_files import Mistake, operator_text, told
from streams.definitions.yaml_document import Document, FieldPath
from streams.errors import ConfigurationError, reason_of
from streams.text.shipped_yaml import shipped_yaml


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
    def _is_whole(self, info: ValidationInfo) -> Self:
        if info.context is not _SHIPPED:
            for error in self.across(self.model_dump()):
                raise error
        return self


_SHIPPED = object()
"""Validation context of a file of ours."""


Model = TypeVar("Model", bound=Definition)


def load_yaml(path: Path, model: type[Model]) -> Model:
    """
    Return the *model* that the file at *path* holds.

    Raises:
        ConfigurationError: It does not hold one; the message has all mistakes, each with its line.
    """
    text = operator_text(path)
    document = Document(path, text)
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
    raise ConfigurationError(told(path, list(dict.fromkeys(document.mistakes))))


@lru_cache(maxsize=16)
def shipped(path: Path, model: type[Model]) -> Model:
    """
    Return the *model* that a file of ours at *path* holds, which is read once.

    Tests read each such file as strictly as an operator's, and see that it gives the same; what
    that takes, hundreds of patterns compiled to look for faults, no process waits for.
    """
    return model.model_validate(shipped_yaml(path.read_bytes()), context=_SHIPPED)


def mistake(reason: str, *at: str | int) -> PydanticCustomError:
    """Return what a validator of a model raises if the mistake is *at* a field inside it."""
    return PydanticCustomError("mistake", "{reason}", {"reason": reason, "at": at})


def named(given: Mapping[str, Any], field: str, name: str) -> Iterator[tuple[int, str]]:
    """Yield the number and the *name* of each part in the list *field* of *given* that has one."""
    parts = given.get(field)
    for n, part in enumerate(parts if isinstance(parts, list | tuple) else ()):
        if isinstance(part, dict) and isinstance(found := part.get(name), str):
            yield n, found


def _errors(error: ValidationError) -> list[ErrorDetails]:
    """Return what is wrong: not that a list is too short because its parts are wrong."""
    found = error.errors(include_url=False, include_input=False)
    around = {e["loc"][:n] for e in found for n in range(len(e["loc"]))}
    return [e for e in found if e["type"] != "too_short" or e["loc"] not in around]


class _Explainer:
    """Says of pydantic's errors where in the file they are, and what to do."""

    def __init__(self, document: Document, model: type[BaseModel]) -> None:
        self._document, self._model = document, model

    def mistake(self, error: ErrorDetails) -> Mistake:
        place = (*error["loc"], *error.get("ctx", {}).get("at", ()))
        return self._at(place, self._reason(error, place))

    def across(self, error: PydanticCustomError) -> Mistake:
        """Return what `Definition.across` found."""
        return self._at((error.context or {}).get("at", ()), error.message())

    def _at(self, place: FieldPath, reason: str) -> Mistake:
        field = ".".join(str(part) for part in place if part != "[key]")
        return Mistake.marked(self._document.mark(place), f"{field}: {reason}" if field else reason)

    def _reason(self, error: ErrorDetails, place: FieldPath) -> str:
        if error["type"] == "extra_forbidden":
            known = sorted(_fields(self._model, place[:-1]))
            near = difflib.get_close_matches(str(place[-1]), known, n=1)
            if near:
                return f"no such field; did you mean {near[0]}?"
            return f"no such field; there are {', '.join(known)}"
        if error["type"] == "string_type" and self._document.is_text_by_quotes_only(place):
            return "is not text here: put it in quotes"
        return _in_plain_words(error) or reason_of(error)


def _in_plain_words(error: ErrorDetails) -> str | None:
    """Return what *error* says of a length or a kind of value, for who knows no Python."""
    told = error.get("ctx", {})
    match error["type"]:
        case "too_short":
            return f"has {told['actual_length']} entries: give {told['min_length']} or more"
        case "too_long":
            return f"has more than {told['max_length']} entries: give {told['max_length']} at most"
        case "string_too_short":
            return (
                "is empty" if told["min_length"] == 1 else f"is shorter than {told['min_length']}"
            )
        case "string_too_long":
            return f"is longer than {told['max_length']} characters"
        case "literal_error" | "enum":
            return (
                f"is none of these: {told['expected'].replace(chr(39), '').replace(' or ', ', ')}"
            )
        case "tuple_type" | "list_type":
            return "is not a list: write each entry on a line of its own, behind a dash"
        case "dict_type" | "model_type" | "model_attributes_type":
            return "is not a group of fields: write each as `name: value`, indented"
        case "bool_type" | "bool_parsing":
            return "is neither true nor false"
    return None


def _fields(model: type[BaseModel], place: FieldPath) -> set[str]:
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
