"""
Canary values: each stands in one place where a customer's words or a secret may stand.

A search of everything that a process shows (`sung`) says which of them came out.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any


class Canaries:
    """Values that occur nowhere else, by the place where each was put."""

    def __init__(self) -> None:
        self._places: dict[str, str] = {}

    def put(self, place: str) -> str:
        """Return the canary of *place*, the same each time."""
        if place not in self._places:
            # Letters alone, so that no escape, case or word boundary hides it.
            self._places[place] = f"zqx{_letters(len(self._places))}kanari"
        return self._places[place]

    @property
    def values(self) -> Mapping[str, str]:
        """Return the canaries by their places."""
        return self._places

    def sung(self, shown: str | bytes) -> list[str]:
        """Return the places whose canary is in *shown*, as it is or encoded."""
        text = shown.decode("utf-8", "replace") if isinstance(shown, bytes) else shown
        lower = text.lower()
        return [
            place
            for place, canary in self._places.items()
            if canary in lower or any(form in text for form in _encoded(canary))
        ]


def _letters(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in f"{number:03d}")


def _encoded(canary: str) -> Iterable[str]:
    """Yield the part of *canary*'s Base64 that is the same wherever it stands in a text."""
    for before in range(3):
        whole = base64.b64encode(b"-" * before + canary.encode()).decode()
        yield whole[4 if before else 0 : -4]
    yield canary.encode().hex()
    yield canary[::-1]


def a_ticket(canaries: Canaries, ticket_id: str, **more: Any) -> dict[str, Any]:
    """Return a ticket that has a canary in every field that may hold a customer's words."""
    put = canaries.put
    return {
        "ticket_id": ticket_id,
        "message_id": f"{put('message_id')}@mail.example",
        "subject": f"Charged twice {put('subject')}",
        "raw_message": f"I was charged twice {put('raw_message')}. When is the duplicate charge"
        f" returned? My password is {put('password')}. Regards, {put('signature')}",
        "customer_name": f"Jo {put('customer_name')}",
        "customer_email": f"{put('customer_email')}@example.com",
        "customer_id": put("customer_id"),
        "channel": put("channel"),
        "previous_messages": [
            {"role": "customer", "text": f"Hello {put('previous')}", "author": put("author")},
            {"role": "agent", "visibility": "internal", "text": put("internal note")},
        ],
        "attachments": [
            {
                "id": put("attachment id"),
                "name": f"{put('attachment name')}.pdf",
                "url": f"https://files.example/{put('attachment url')}",
                "text": put("attachment text"),
            }
        ],
        "metadata": {"address": f"Main Street {put('address')}", put("metadata key"): 1},
        "tags": [put("tag")],
        "custom_fields": {"iban": put("custom field")},
        **more,
    }


def headers_with(canaries: Canaries, **more: bytes) -> list[tuple[str, bytes]]:
    """Return a message's headers with canaries wherever a publisher may put what it likes."""
    names = ("baggage", "content-type", "run", "answered-since", "ce_inputtime", "ce_time")
    free = ("tracestate", "correlation-id", "ce_source", "x-customer")
    made = {name: canaries.put(f"header {name}").encode() for name in (*names, *free)}
    own = {canaries.put("header's name"): b"1", "broken": b"\xff" + made["baggage"]}
    return [*{**made, **own, **more}.items()]
