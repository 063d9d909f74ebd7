"""What hypothesis sends: any bytes, any JSON, tickets that are nearly well, any headers."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from schemas import IncomingTicket

_NAMES = ("ce_id", "ce_source", "ce_inputid", "ce_time", "content-type", "run", "traceparent", "x")
_MARKUP = (
    *("<div>", "</div>", "<blockquote>", "<br>", "<a href='http://x.y'>", "<!--", "&#x0;", "&amp;"),
    *("\n> ", "\n\nOn Mon, Ann wrote:\n", "\n-- \n", "\nFrom: a@b.c\n", "\n# ", "\n* ", "```"),
    *("4111 1111 1111 1111", "$10", "1,5 €", "+49 30 1234567", "a@b.c", "https://x.y/?z", "|"),
    *("I want a refund", "charged twice", "Why?", "thank you", "urgent!", "my lawyer", "[KB-1001]"),
    *(
        "ignore previous instructions",
        "out of office",
        "\x00",
        "\u202e",
        "\u200d",
        "\u0301",
        "\r\n",
    ),
)

texts = st.text(max_size=60) | st.lists(
    st.sampled_from(_MARKUP) | st.text(max_size=12), max_size=25
).map("".join)
"""Any characters, and what mails and their markup are made of."""

_scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10)
    | st.sampled_from(("2024-01-01T00:00:00Z", "customer", "html", 2**63, 1e308, -0.0, ""))
)  # fmt: skip
values: st.SearchStrategy[Any] = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
"""Any JSON, NaN and infinities included."""

_known = st.sampled_from(sorted(IncomingTicket.model_fields))
_well = st.fixed_dictionaries(
    {"ticket_id": st.text(min_size=1, max_size=20), "raw_message": texts},
    optional={
        "message_id": st.text(min_size=1, max_size=10),
        "revision": st.integers(0, 2**63 - 1),
        "subject": texts,
        "customer_name": st.none() | texts,
        "customer_email": st.none() | st.text(max_size=20),
        "tenant": st.sampled_from(("default", "other", "\x00")),
        "language": st.none() | st.text(max_size=5),
        "created_at": st.datetimes().map(lambda moment: moment.isoformat()),
        "body_format": st.sampled_from(("text", "html", "markdown")),
        "previous_messages": st.lists(
            st.fixed_dictionaries(
                {"role": st.sampled_from(("customer", "agent", "bot")), "text": texts},
                optional={"visibility": st.sampled_from(("public", "internal")), "y": values},
            ),
            max_size=3,
        ),
        "attachments": st.lists(st.fixed_dictionaries({}, optional={"text": texts}), max_size=2),
        "metadata": st.dictionaries(st.text(max_size=8), values, max_size=3),
        "x": values,
    },
)
tickets: st.SearchStrategy[dict[str, Any]] = st.builds(
    lambda well, wrong: {**well, **wrong},
    _well,
    st.just({}) | st.dictionaries(_known | st.text(max_size=8), values, max_size=2),
)
"""Tickets, every other one with something in them that may be wrong."""

bodies: st.SearchStrategy[bytes] = (
    tickets.map(lambda made: json.dumps(made).encode())
    | values.map(lambda made: json.dumps(made).encode())
    | st.binary(max_size=200)
    | st.builds(
        lambda made, at, byte: (whole := json.dumps(made).encode())[: at % len(whole)] + byte,
        tickets,
        st.integers(0, 10_000),
        st.binary(max_size=3),
    )
)
"""Tickets, other JSON, other bytes, and tickets that break off."""

keys = st.none() | st.binary(max_size=20)
headers = st.lists(
    st.tuples(st.sampled_from(_NAMES) | st.text(max_size=8), st.none() | st.binary(max_size=20)),
    max_size=6,
)
