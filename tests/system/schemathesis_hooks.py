"""What schemathesis is told about our document, beside `schemathesis.toml`."""

from __future__ import annotations

import schemathesis
from hypothesis import strategies as st

# JSON Schema's `email` has addresses under reserved names, `x@y.test`, which we refuse.
_ORDINARY = st.sampled_from(("example.com", "example.org", "support.example.net"))
schemathesis.openapi.format("email", st.emails(domains=_ORDINARY))
