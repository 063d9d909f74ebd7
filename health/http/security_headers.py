"""
What every answer tells a browser, so that customers' text stays where it belongs.

The page /docs has a policy of its own (`docs_page`), which lets it load its files.
"""

from __future__ import annotations

from types import MappingProxyType

from aiohttp import web

HEADERS = MappingProxyType(
    {
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",  # a path has a ticket's id
        "Cross-Origin-Resource-Policy": "same-origin",  # CORS, where it is allowed, goes first
        "Cache-Control": "no-store",
    }
)
"""Of an answer that sets none of them itself."""
HSTS = "Strict-Transport-Security"
HSTS_SECONDS = 31_536_000
"""A year, the usual time, in which a browser comes by TLS only."""


async def say_headers(request: web.Request, answer: web.StreamResponse) -> None:
    """Write them into *answer*. With TLS a browser is told never to come without it again."""
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    if request.secure:
        answer.headers[HSTS] = f"max-age={HSTS_SECONDS}"
