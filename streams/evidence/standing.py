"""What of an article can stand in a draft: lines that say what they say without the rest of it."""

from __future__ import annotations

from collections.abc import Collection

from streams.evidence.lines import PassageLines
from streams.ports import LineRef


def can_stand(refs: Collection[LineRef], lines: PassageLines) -> bool:
    """
    Return whether *refs*, which are whole (see `PassageLines.whole`), can stand in a draft.

    Each may be quoted, none needs a line that no passage brought, and a procedure has its
    beginning.
    """
    found = [lines[ref] for ref in refs]
    if not all(line.quotable for line in found):
        return False
    needed = {(ref.doc_id, n) for ref, line in zip(refs, found, strict=True) for n in line.needs}
    if not needed <= {*refs}:
        return False
    steps = {
        (ref.doc_id, line.number) for ref, line in zip(refs, found, strict=True) if line.number
    }
    return all(number == 1 or (doc_id, number - 1) in steps for doc_id, number in steps)
