"""What is said of an operator's file with mistakes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from streams.errors import ConfigurationError


def mistakes_of(
    load: Callable[[Path], object], content: str, file: Path, *changes: tuple[str, str]
) -> list[str]:
    """Return what *load* says of *content* in *file* after *changes*, a line a mistake."""
    for old, new in changes:
        assert content.count(old) > 0
        content = content.replace(old, new, 1)
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load(file)
    return str(caught.value).removeprefix(f"{file}").splitlines()
