"""What of an article can stand in a draft: lines that say what they say without the rest of it."""

from __future__ import annotations

from collections.abc import Collection

from streams.evidence.lines import PassageLines
from streams.ports import LineRef


def can_stand(refs: Collection[LineRef], lines: PassageLines) -> bool:
    """
    Return whether *refs*, with all that they need, can stand in a draft.

    Each may be quoted, none needs a line that no passage brought, and a procedure has its
    beginning.
    """
    if not all(lines[ref].quotable for ref in refs) or lines.missing(refs):
        return False
    steps = {(ref.doc_id, lines[ref].number) for ref in refs if lines[ref].number}
    return all(number == 1 or (doc_id, number - 1) in steps for doc_id, number in steps)
