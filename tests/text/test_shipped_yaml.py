"""Our own YAML files mean the same, read fast and read strictly."""

from __future__ import annotations

from pathlib import Path

import pytest

import streams
from streams.definitions.yaml_document import Document
from streams.text.shipped_yaml import shipped_yaml

PACKAGE = Path(streams.__file__).parent
FILES = sorted(str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.yaml"))


@pytest.mark.parametrize("name", FILES)
def test_read_fast_it_means_the_same(name: str) -> None:
    """
    No shipped file has a key twice, an alias or a value that two parsers read differently.
    """
    content = (PACKAGE / name).read_bytes()

    document = Document(PACKAGE / name, content.decode())

    assert not document.mistakes
    assert shipped_yaml(content) == document.value
