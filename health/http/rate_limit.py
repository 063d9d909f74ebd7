"""
How many calls of `/api/` a caller may make, by a token bucket for each.

    a bucket holds a minute's calls; it is full at first, and fills evenly
    a call takes one; where there is none it gets 429, with Retry-After

A caller is known by the name and tenant of its API key, so a key that replaces another one shares
its bucket. Where no keys are needed it is known by its address, an IPv6 address by its network of
64 bits. `X-Forwarded-For` is not believed: anybody could write it. Each sidecar counts for itself.

Unknown keys have a limit of their own, by the address they come from, which is always there. Only
they count and only they are refused by it: a key that is known works behind the same address.
"""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware

from health.http import responses
from health.http.api_keys import UnknownKey, caller

POLICY = "RateLimit-Policy"
LEFT = "RateLimit"
RETRY_AFTER = "Retry-After"
WINDOW_SECONDS = 60
MOST_BUCKETS = 10_000
"""Callers that are remembered, the latest. One that is forgotten begins with a full bucket."""
UNKNOWN_KEYS_A_MINUTE = 60
"""Calls with unknown keys that an address may make in a minute, before it gets 429 for them."""
_SAID = web.RequestKey("rate_limit", dict[str, str])


class Buckets:
    """A bucket of tokens for each caller."""

    def __init__(self, per_minute: int, *, now: Callable[[], float] = time.monotonic) -> None:
        self._full = float(per_minute)
        self._per_second = per_minute / WINDOW_SECONDS
        self._now = now
        self._of: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """Tokens of each caller, and when there were so many."""

    def take(self, who: str) -> float:
        """Return the tokens that are left to *who* after a call; less than 0 if it had none."""
        now = self._now()
        tokens, since = self._of.pop(who, (self._full, now))
        left = min(self._full, tokens + (now - since) * self._per_second) - 1
        self._of[who] = (left if left >= 0 else left + 1), now  # a refused call costs nothing
        if len(self._of) > MOST_BUCKETS:
            self._of.popitem(last=False)
        return left

    def seconds_until(self, tokens: float, left: float) -> int:
        """Return the whole seconds until there are *tokens*, with *left* there now."""
        return max(0, math.ceil((tokens - left) / self._per_second))

    def headers(self, left: float) -> dict[str, str]:
        """Return what an answer says of the limit (draft-ietf-httpapi-ratelimit-headers)."""
        full = self.seconds_until(self._full, left)
        return {
            POLICY: f'"calls";q={self._full:.0f};w={WINDOW_SECONDS}',
            LEFT: f'"calls";r={max(0, math.floor(left))};t={full}',
        }


def limiter(per_minute: int | None) -> Middleware:
    """Return what refuses calls above *per_minute*; None lets all pass."""
    buckets = Buckets(per_minute) if per_minute else None

    @web.middleware
    async def middleware(request: web.Request, handler: responses.Handler) -> web.StreamResponse:
        if buckets and responses.is_protected(request):
            left = buckets.take(caller(request) or caller_at(request.remote))
            request[_SAID] = buckets.headers(left)
            if left < 0:
                seconds = buckets.seconds_until(0, left)
                raise _too_many(f"More than {per_minute} calls a minute", seconds)
        return await handler(request)

    return middleware


def unknown_key_limiter(buckets: Buckets) -> Middleware:
    """
    Return what answers 429 instead of 401 to an address that sends too many unknown keys.

    The connection ends with it, so that each further try costs a new one.
    """

    @web.middleware
    async def middleware(request: web.Request, handler: responses.Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except UnknownKey:
            left = buckets.take(caller_at(request.remote))
            if left >= 0:
                raise
            seconds = buckets.seconds_until(0, left)
            tried = f"More than {UNKNOWN_KEYS_A_MINUTE} calls a minute with unknown API keys"
            raise _too_many(tried, seconds, {hdrs.CONNECTION: "close"}) from None

    return middleware


def _too_many(calls: str, seconds: int, headers: Mapping[str, str] = {}) -> responses.Refusal:
    """Return the 429 for one that may call again after *seconds*."""
    detail = f"{calls}: this one was not taken. Call again in {seconds} s."
    return responses.problem(429, detail, {RETRY_AFTER: str(seconds), **headers})


async def say_limit(request: web.Request, answer: web.StreamResponse) -> None:
    """Write into *answer* what its caller has left."""
    answer.headers.update(request.get(_SAID, {}))


def caller_at(remote: str | None) -> str:
    """Return the caller that *remote* stands for."""
    try:
        found = ipaddress.ip_address((remote or "").partition("%")[0])
    except ValueError:
        return "address unknown"
    if found.version == 6 and found.ipv4_mapped:
        found = found.ipv4_mapped
    if found.version == 6:
        return f"address {ipaddress.ip_network((found, 64), strict=False)}"
    return f"address {found}"
