"""What every test starts from: no setting of the machine's."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away every setting that the machine's environment has."""
    for name in os.environ:
        if name.startswith("TICKETSTREAM_"):
            monkeypatch.delenv(name)
