"""`/metrics`: what this process has counted, as Prometheus' text or as OpenMetrics."""

from __future__ import annotations

from aiohttp import hdrs, web
from prometheus_client.aiohttp import make_aiohttp_handler
from prometheus_client.exposition import choose_encoder

_answer = make_aiohttp_handler()


async def serve_metrics(request: web.Request) -> web.StreamResponse:
    """Answer in the form that *request* asks for; with plain text if that cannot be read."""
    if not _can_be_read(",".join(request.headers.getall(hdrs.ACCEPT, ()))):
        others = request.headers.copy()
        others.popall(hdrs.ACCEPT)
        request = request.clone(headers=others)
    return await _answer(request)


def _can_be_read(accept: str) -> bool:
    """Say whether prometheus_client can: it takes any text for the number of a version."""
    try:
        choose_encoder(accept)
    except (TypeError, ValueError):
        return False
    return accept.isascii()
