"""What earlier replies of a thread have said."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from schemas import IncomingTicket, PreviousMessage
from streams.evidence.thread import Thread

PHRASES = ("One.", "Two.", "Three.")


def _thread(*messages: PreviousMessage, ticket_id: str = "T-1") -> Thread:
    return Thread(
        IncomingTicket(ticket_id=ticket_id, raw_message="Hm.", previous_messages=messages)
    )


def _reply(text: str, role: str = "agent", visibility: str = "public") -> PreviousMessage:
    return PreviousMessage(role=role, visibility=visibility, text=text)


def test_a_reply_is_an_agents_and_public() -> None:
    """
    Neither a customer's message, an internal note, nor a bot's receipt is a reply.
    """
    others = (_reply("a", "customer"), _reply("b", visibility="internal"), _reply("c", "bot"))

    assert _thread(*others).is_first
    assert not _thread(*others, _reply("d")).is_first


def test_what_was_said() -> None:
    """
    It is known by its words, whatever its marks, citations and blanks; an internal note, and
    what the customer wrote, was not said to him.
    """
    said = _thread(_reply("- A duplicate charge\n is returned in full [KB-1]!"))

    assert said.has("A duplicate charge is returned in full.")
    assert not said.has("charge is returned in fuller")
    for hidden in (_reply("It is so.", visibility="internal"), _reply("It is so.", "customer")):
        assert not _thread(hidden).has("It is so.")


@given(st.text(min_size=1, max_size=20).filter(str.strip))
def test_no_phrase_twice(ticket_id: str) -> None:
    """
    Each reply of a thread takes another phrase, the same one each time, until none is left.
    """
    replies: list[PreviousMessage] = []
    for _ in PHRASES:
        thread = _thread(*replies, ticket_id=ticket_id)
        picked = thread.pick(PHRASES)
        assert picked == _thread(*replies, ticket_id=ticket_id).pick(PHRASES)
        assert picked is not None
        replies.append(_reply(f"Hello, {picked} Bye"))

    assert {p for p in PHRASES if any(p in r.text for r in replies)} == {*PHRASES}
    assert _thread(*replies, ticket_id=ticket_id).pick(PHRASES) is None
    assert _thread(*replies, ticket_id=ticket_id).pick_or_last(PHRASES) == PHRASES[-1]


def test_tickets_begin_with_different_phrases() -> None:
    """
    Not all customers get the same one.
    """
    assert {_thread(ticket_id=f"T-{n}").pick(PHRASES) for n in range(30)} == {*PHRASES}
