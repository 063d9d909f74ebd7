"""What schemathesis is told about our document, beside `schemathesis.toml`."""

from __future__ import annotations

from itertools import count
from typing import Any

import schemathesis
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

# JSON Schema's `email` has addresses under reserved names, `x@y.test`, which we refuse.
_ORDINARY = st.sampled_from(("example.com", "example.org", "support.example.net"))
schemathesis.openapi.format("email", st.emails(domains=_ORDINARY))

_numbers = count()


@schemathesis.hook
def before_call(_: Any, case: Any, **__: Any) -> None:
    """Give each message an id of its own: one that comes again with another content is a 422."""
    headers, body = case.headers or {}, case.body
    for given, name in ((headers, "Idempotency-Key"), (body, "message_id")):
        if isinstance(given, dict | CaseInsensitiveDict) and _is_id(given.get(name)):
            given[name] = f"id-{next(_numbers)}"


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value.strip('"')) <= 256
