"""
`GET /docs`: Swagger UI over /openapi.json, from files that come with the package.

A browser is told to load nothing from another host, and to run no script that a page might
have been talked into (Content-Security-Policy).
"""

from __future__ import annotations

import asyncio
import functools
import gzip
import hashlib
from dataclasses import dataclass
from importlib import resources

from aiohttp import ETag, web

PAGE = "index.html"
FILES = {
    PAGE: "text/html",
    "page.css": "text/css",
    "start.js": "text/javascript",
    "swagger-ui/swagger-ui.css": "text/css",
    "swagger-ui/swagger-ui-bundle.js": "text/javascript",
    "swagger-ui/favicon-32x32.png": "image/png",
}
"""The page's files with their media types. A system's own list of types may differ."""
_NAMES = {path.rpartition("/")[2]: path for path in FILES if path != PAGE}
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",  # icons in Swagger UI's style sheet
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_PART = 65_536
"""Bytes of a file that are sent at once."""


@dataclass(frozen=True)
class _File:
    body: bytes
    packed: bytes
    media_type: str
    etag: ETag


async def serve_page(request: web.Request) -> web.StreamResponse:
    """Answer with the page."""
    return await _serve(request, PAGE, {"Content-Security-Policy": _POLICY})


async def serve_file(request: web.Request) -> web.StreamResponse:
    """Answer with one of the files that the page loads. Raises HTTPNotFound for another name."""
    path = _NAMES.get(request.match_info["name"])
    if path is None:
        raise web.HTTPNotFound
    return await _serve(request, path, {})


async def _serve(request: web.Request, path: str, headers: dict[str, str]) -> web.StreamResponse:
    file = await asyncio.to_thread(_read, path)
    headers |= {"Cache-Control": "no-cache", "Vary": "Accept-Encoding"}  # kept, and asked about
    answer = web.StreamResponse(headers=headers)
    answer.etag = file.etag
    if {file.etag.value, "*"} & {known.value for known in request.if_none_match or ()}:
        answer.set_status(304)
        body = b""
    else:
        body = file.body
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            answer.headers["Content-Encoding"], body = "gzip", file.packed
        answer.content_type, answer.content_length = file.media_type, len(body)
    await answer.prepare(request)
    if request.method != "HEAD":
        # In parts, each when the caller has read those before: a whole body that aiohttp is given
        # it keeps, a copy for each caller, also for those who read nothing.
        for at in range(0, len(body), _PART):
            await answer.write(memoryview(body)[at : at + _PART])
    await answer.write_eof()
    return answer


@functools.cache
def _read(path: str) -> _File:
    """Return a file of the package. Its tag is of its bytes: the same in every replica."""
    body = resources.files("health").joinpath("page", path).read_bytes()
    tag = ETag(hashlib.sha256(body).hexdigest()[:32], is_weak=True)  # packed or not
    return _File(body, gzip.compress(body, mtime=0), FILES[path], tag)
