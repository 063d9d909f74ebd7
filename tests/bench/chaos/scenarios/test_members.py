"""What a newer version changes, and how it is told from the old one."""

from __future__ import annotations

import json
from pathlib import Path

from bench.chaos.ledger import MESSAGE, StoredRecord
from bench.chaos.scenarios.members import _changed_taxonomy, _fields
from streams.definitions import taxonomy


def test_the_changed_taxonomy(tmp_path: Path) -> None:
    """
    It is one, and differs from the product's.
    """
    changed = taxonomy.load_taxonomy(_changed_taxonomy(tmp_path))

    teams = {category.team for category in changed.categories}
    assert "Money Team" in teams
    assert teams != {category.team for category in taxonomy.load_taxonomy().categories}


def test_which_fields_an_event_has() -> None:
    """
    A message's events are looked at by its name, each of them when it came out twice.
    """

    def event(name: str, **fields: int) -> StoredRecord:
        value = json.dumps({"ticket": {}, **fields}).encode()
        return StoredRecord(0, 0, 0.0, value, ((MESSAGE, name.encode()),))

    found = _fields([event("m-1", a=1), event("m-2"), event("m-1", b=2)])

    assert found == {"m-1": [{"ticket", "a"}, {"ticket", "b"}], "m-2": [{"ticket"}]}
