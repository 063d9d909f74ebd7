"""What the tests start: a server or a network, with a folder of its own for its files."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Self


class InFolder:
    """Something that is there until its `with` block ends, and not if its start fails."""

    called: str
    """What its folder is called."""
    folder: Path

    def __enter__(self) -> Self:
        """Start it, and return it when it is ready."""
        self.folder = Path(tempfile.mkdtemp(prefix=f"ticketstream-{self.called}-"))
        try:
            self._set_up()
        except BaseException:
            self._clean_up()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._clean_up()

    def _set_up(self) -> None:
        """Start it, and wait until it is ready."""
        raise NotImplementedError

    def _clean_up(self) -> None:
        """End it as far as it has been started, and remove its folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
