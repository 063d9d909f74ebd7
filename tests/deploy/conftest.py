"""The image, unpacked, and docker-compose.kafka.yml as Docker Compose reads it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import docker_compose
from tests.support.docker_compose import ROOT
from tests.support.image import Container
from tests.support.machine import needs_real_servers


@pytest.fixture(scope="package")
def container() -> Iterator[Container]:
    """Return the image of this checkout, ready to run commands in it."""
    needs_real_servers()
    if os.geteuid() != 0:
        pytest.skip("to build and run an image without Docker needs root")
    with Container() as unpacked:
        yield unpacked


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout with what Compose reads, and without a .env."""
    needs_real_servers()
    shutil.copy(docker_compose.FILE, tmp_path)
    (tmp_path / "deploy").symlink_to(ROOT / "deploy")
    return tmp_path
