"""Which knowledge base the settings name, and what fills it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from pydantic import SecretStr

from streams.backends.embedded.knowledge import EmbeddedKnowledge
from streams.backends.weaviate.knowledge import WeaviateKnowledge
from streams.knowledge.indexer import Indexer
from streams.knowledge.selection import backend, indexer
from streams.knowledge.shared_indexer import SharedIndexer
from streams.settings import Settings

WEAVIATE: dict[str, Any] = {"knowledge": "weaviate", "weaviate_url": "http://localhost:8080"}


async def test_the_embedded_one_is_the_default() -> None:
    """
    Without a setting a process has a knowledge base of its own, and reads all articles itself.
    """
    settings = Settings()
    kb = backend(settings)

    assert isinstance(kb, EmbeddedKnowledge)
    assert type(indexer(settings, kb)) is Indexer


async def test_weaviate_is_shared() -> None:
    """
    Weaviate is filled once for all processes with the same prefix, which names its collection.
    """
    settings = Settings(**WEAVIATE, topic_prefix="staging-", weaviate_api_key=SecretStr("hunter2"))
    kb = backend(settings)

    assert isinstance(kb, WeaviateKnowledge)
    assert kb.collection != backend(Settings(**WEAVIATE)).collection  # type: ignore[union-attr]
    assert kb.collection == backend(settings).collection  # type: ignore[union-attr]
    assert isinstance(indexer(settings, kb), SharedIndexer)


def test_who_does_not_use_weaviate_does_not_load_it() -> None:
    """
    The client of Weaviate takes a second and 40 MB, which the embedded mode is spared.
    """
    program = (
        "import sys; from streams.knowledge.selection import backend; "
        "from streams.settings import Settings; backend(Settings()); "
        "sys.exit('weaviate' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
