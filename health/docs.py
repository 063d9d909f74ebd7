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
import io
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
"""What the page consists of, and the media types: a system's own list of them may differ."""
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


@dataclass(frozen=True)
class _File:
    body: bytes
    packed: bytes
    media_type: str
    etag: ETag


async def serve_page(request: web.Request) -> web.Response:
    """Answer with the page."""
    return await _serve(request, PAGE, {"Content-Security-Policy": _POLICY})


async def serve_file(request: web.Request) -> web.Response:
    """Answer with one of the files that the page loads. Raises HTTPNotFound for another name."""
    path = _NAMES.get(request.match_info["name"])
    if path is None:
        raise web.HTTPNotFound
    return await _serve(request, path, {})


async def _serve(request: web.Request, path: str, headers: dict[str, str]) -> web.Response:
    file = await asyncio.to_thread(_read, path)
    headers |= {"Cache-Control": "no-cache", "Vary": "Accept-Encoding"}  # kept, and asked about
    if {file.etag.value, "*"} & {known.value for known in request.if_none_match or ()}:
        answer = web.Response(status=304, headers=headers)
    else:
        body = file.body
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"], body = "gzip", file.packed
        # As a file, which shares the bytes: aiohttp sends it in parts, each when the caller has
        # read the one before. Bytes it would copy as a whole for each caller who reads nothing.
        answer = web.Response(body=io.BytesIO(body), headers=headers, content_type=file.media_type)
    answer.etag = file.etag
    return answer


@functools.cache
def _read(path: str) -> _File:
    """Return a file of the package. Its tag is of its bytes: the same in every replica."""
    body = resources.files("health").joinpath("page", path).read_bytes()
    tag = ETag(hashlib.sha256(body).hexdigest()[:32], is_weak=True)  # packed or not
    return _File(body, gzip.compress(body, mtime=0), FILES[path], tag)
