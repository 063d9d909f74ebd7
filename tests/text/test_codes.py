"""Error codes in a text, and those that another text lacks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.text.codes import missing_codes


@given(st.text(alphabet="aL5-_ …", max_size=40))
def test_no_code_is_missing_in_its_own_text(text: str) -> None:
    """
    A text names no error code that it has not.
    """
    assert missing_codes(text, text) == frozenset()
