"""A draft as sentences."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from schemas import AnswerDraft
from streams.evidence.verification.sentences import as_one, sentences_of


def _draft(body: str, greeting: str = "Hi Ada,", closing: str = "Regards,\nUs") -> AnswerDraft:
    return AnswerDraft(greeting=greeting, body=body, closing=closing)


def test_each_sentence_has_its_place_number_and_citations() -> None:
    """
    A citation belongs to its sentence and to those before it in the paragraph; a mark to no text.
    """
    found = sentences_of(_draft("Yes. It is so [A].\n\n2. Open it [B].\n\nNobody knows."))

    assert [(s.part, s.text, s.ids, s.cites, s.number) for s in found] == [
        ("greeting", "Hi Ada,", (), (), 0),
        ("body", "Yes.", (), ("A",), 0),
        ("body", "It is so.", ("A",), ("A",), 0),
        ("body", "Open it.", ("B",), ("B",), 2),
        ("body", "Nobody knows.", (), (), 0),
        ("closing", "Regards,", (), (), 0),
        ("closing", "Us", (), (), 0),
    ]


@given(st.text(alphabet="aB. [1]\n-?!:", max_size=120))
def test_no_character_but_blanks_is_outside_of_a_sentence(body: str) -> None:
    """
    Whatever a body says stands in one of its sentences: nothing is left unread.
    """
    inside: set[int] = set()
    for s in sentences_of(_draft(body, "", "")):
        assert body[s.start : s.end].strip() == body[s.start : s.end]
        inside.update(range(s.start, s.end))

    assert not "".join(c for n, c in enumerate(body) if n not in inside).strip()


def test_neighbours_are_joined() -> None:
    """
    A line of an article may have several sentences: neighbours are compared as one.
    """
    _, one, two, *_ = sentences_of(_draft("Select Save. You get a mail [A]."))
    both = as_one([one, two])

    assert (both.text, both.ids, both.start, both.end) == (
        "Select Save. You get a mail.",
        ("A",),
        0,
        32,
    )
