"""The operator's YAML files, read into models; what is wrong in one is named by file and place."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from streams.errors import ConfigurationError, fields_at_fault

Model = TypeVar("Model", bound=BaseModel)


def load_yaml(path: Path, model: type[Model]) -> Model:
    """
    Return the *model* that the file at *path* holds.

    Raises:
        ConfigurationError: It does not hold one; file and line, or file and field, are named.
    """
    try:
        return model.model_validate(_read(path))
    except ValidationError as error:
        raise ConfigurationError(f"{path}: {fields_at_fault(error)}") from None


def _read(path: Path) -> object:
    """
    Return what the YAML file at *path* says.

    Raises:
        ConfigurationError: It cannot be read, or is not YAML; file and line are named.
    """
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot be read ({type(error).__name__})") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "not YAML"
        raise ConfigurationError(f"{path}{line}: {problem}") from None
