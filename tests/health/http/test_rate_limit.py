"""How many calls a caller may make, and what it is told."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from health.http.openapi import CALLS
from health.http.rate_limit import (
    MOST_BUCKETS,
    UNKNOWN_KEYS_A_MINUTE,
    Buckets,
    caller_at,
)
from health.sidecar import Sidecar
from streams.settings import Settings
from tests.health.conftest import PROCESS, Client, a_ticket

FIGURES = "/api/v1/tickets/metrics"


class Clock:
    """A clock that a test sets."""

    seconds = 1_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    """Return a clock of this test."""
    return Clock()


def test_a_minutes_calls_at_once_and_then_evenly(clock: Clock) -> None:
    """
    A full bucket takes a minute's calls; after that one comes back each sixtieth of a minute.
    """
    buckets = Buckets(60, now=clock)

    assert [buckets.take("a") for _ in range(61)][-2:] == [0, -1]
    clock.seconds += 0.5
    assert buckets.take("a") < 0
    clock.seconds += 0.6
    assert buckets.take("a") >= 0
    assert buckets.take("a") < 0


def test_a_bucket_never_holds_more_than_a_minutes_calls(clock: Clock) -> None:
    """
    Who was silent for a day has no day's calls.
    """
    buckets = Buckets(2, now=clock)
    buckets.take("a")
    clock.seconds += 86_400

    assert [buckets.take("a") >= 0 for _ in range(3)] == [True, True, False]


def test_callers_have_a_bucket_each(clock: Clock) -> None:
    """
    One that calls too often takes nothing from another.
    """
    buckets = Buckets(1, now=clock)

    assert [buckets.take(who) >= 0 for who in ("a", "a", "b", "b")] == [True, False, True, False]


def test_refused_calls_cost_nothing(clock: Clock) -> None:
    """
    Who calls on and on gets its next call when it was told, and not ever later.
    """
    buckets = Buckets(60, now=clock)
    for _ in range(500):
        left = buckets.take("a")
    clock.seconds += buckets.seconds_until(0, left)

    assert buckets.take("a") >= 0


def test_memory_is_bounded(clock: Clock) -> None:
    """
    Addresses without number do not fill the memory; the latest callers are remembered.
    """
    buckets = Buckets(1, now=clock)
    for number in range(2 * MOST_BUCKETS):
        buckets.take(str(number))

    assert len(buckets._of) == MOST_BUCKETS
    assert buckets.take(str(2 * MOST_BUCKETS - 1)) < 0
    assert buckets.take("0") >= 0


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        (None, "", True),
    ],
)
def test_which_addresses_are_one_caller(one: str | None, other: str, is_same: bool) -> None:
    """
    An IPv6 network of 64 bits is one caller's: it could take any address of it.
    """
    assert (caller_at(one) == caller_at(other)) is is_same


def entry(name: str, key: str, tenant: str) -> str:
    """Return the line of a key."""
    return f"{name}:{hashlib.sha256(key.encode()).hexdigest()}:{tenant}"


def by(key: str) -> dict[str, Any]:
    """Return the options of a call with *key*."""
    return {"headers": {"X-API-Key": key}}


def nowhere(**more: Any) -> Settings:
    """Return the settings of a sidecar without Kafka that takes three calls a minute."""
    return Settings(
        kafka_brokers="127.0.0.1:1",
        sidecar_http_port=0,
        grace_seconds=0.1,
        sidecar_rate_limit=3,
        **more,
    )


@pytest.fixture
async def client(session: aiohttp.ClientSession) -> AsyncIterator[Client]:
    """Return a client of a sidecar with keys of two callers, one of whom exchanges its key."""
    keys = (entry("anna", "old", "acme"), entry("anna", "new", "acme"), entry("bob", "b", "acme"))
    async with Sidecar(nowhere(api_keys=",".join(keys))) as sidecar:
        yield Client(sidecar.url, session)


async def test_one_call_too_many(client: Client) -> None:
    """
    It gets 429 with the seconds to wait; every answer says what is left.
    """
    answers = [await client.get(FIGURES, **by("old")) for _ in range(4)]

    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["RateLimit-Policy"] == '"calls";q=3;w=60'
    assert [answer.headers["RateLimit"].split(";")[1] for answer in answers] == [
        "r=2",
        "r=1",
        "r=0",
        "r=0",
    ]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 20
    assert "was not taken" in answers[-1].body["detail"]


async def test_who_shares_a_bucket(client: Client) -> None:
    """
    A key and the one that replaces it do; another caller of the tenant has its own.
    """
    used = ["old", "new", "old", "new", "b"]

    found = [(await client.get(FIGURES, **by(key))).status for key in used]
    assert found == [200, 200, 200, 429, 200]


async def test_an_unknown_key_takes_nobodys_calls(client: Client) -> None:
    """
    It is a 401, and neither counted as a call of somebody nor told of the callers' limit.
    """
    answers = [await client.get(FIGURES, **by("guess")) for _ in range(9)]

    assert {answer.status for answer in answers} == {401}
    assert not any("RateLimit" in answer.headers for answer in answers)
    assert (await client.get(FIGURES, **by("old"))).status == 200


async def test_unknown_keys_without_end(session: aiohttp.ClientSession, clock: Clock) -> None:
    """
    After a minute's many an address gets 429 for them, and the connection ends. A known key, no
    key and a probe are answered there as ever.
    """
    async with Sidecar(nowhere(api_keys=entry("anna", "a", "acme"))) as sidecar:
        sidecar._unknown_keys._now = clock
        client = Client(sidecar.url, session)
        many = [await client.get(FIGURES, **by(f"guess-{n}")) for n in range(UNKNOWN_KEYS_A_MINUTE)]
        refused = await client.get(FIGURES, headers={"Authorization": "Bearer guess"})

        assert {answer.status for answer in many} == {401}
        assert refused.status == 429
        assert refused.headers["Retry-After"] == "1"
        assert refused.headers["Connection"] == "close"
        assert "RateLimit" not in refused.headers
        assert "unknown API keys" in refused.body["detail"]
        assert (await client.get(FIGURES, **by("a"))).status == 200
        assert (await client.get(FIGURES)).status == 401
        assert (await client.get("/health/live", **by("guess"))).status == 200
        clock.seconds += 1
        assert (await client.get(FIGURES, **by("guess"))).status == 401


async def test_known_keys_are_no_failures(session: aiohttp.ClientSession) -> None:
    """
    However many calls an address makes with a known key and without any, an unknown one is a 401.
    """
    settings = nowhere(api_keys=entry("anna", "a", "acme"))
    async with Sidecar(settings.model_copy(update={"sidecar_rate_limit": None})) as sidecar:
        client = Client(sidecar.url, session)
        for options in (by("a"), {}) * UNKNOWN_KEYS_A_MINUTE:
            await client.get(FIGURES, **options)

        assert (await client.get(FIGURES, **by("guess"))).status == 401


async def test_both_ports_count_together(session: aiohttp.ClientSession, clock: Clock) -> None:
    """
    A second port gives no second minute's tries.
    """
    settings = nowhere(api_keys=entry("anna", "a", "acme"), sidecar_internal_http_port=0)
    async with Sidecar(settings) as sidecar:
        sidecar._unknown_keys._now = clock
        ports = [Client(url, session) for url in (sidecar.url, sidecar.internal_url)]
        found = [
            (await ports[n % 2].get(FIGURES, **by("guess"))).status
            for n in range(UNKNOWN_KEYS_A_MINUTE + 2)
        ]

    assert found == [401] * UNKNOWN_KEYS_A_MINUTE + [429] * 2


async def test_a_file_without_keys_counts_nobody(
    session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """
    While the file of keys is away a good key is a 401, however often, for nobody can tell it from
    a wrong one.
    """
    (file := tmp_path / "keys").write_text(entry("anna", "a", "acme"))
    async with Sidecar(nowhere(api_keys_file=file)) as sidecar:
        client = Client(sidecar.url, session)
        file.unlink()
        found = {(await client.get(FIGURES, **by("a"))).status for _ in range(70)}
        file.write_text(entry("anna", "a", "acme"))

        assert found == {401}
        assert (await client.get(FIGURES, **by("a"))).status == 200
        assert (await client.get(FIGURES, **by("guess"))).status == 401


async def test_a_ticket_too_many_is_not_read(client: Client) -> None:
    """
    A process call counts like any other, and its body is not looked at when there is no call left.
    """
    for _ in range(3):
        await client.get(FIGURES, **by("old"))

    answer = await client.process(a_ticket(raw_message="short"), **by("old"))
    assert answer.status == 429


@pytest.mark.parametrize("call", [c for c in CALLS if not c.path.startswith("/api/")], ids=str)
async def test_what_has_no_limit(client: Client, call: Any) -> None:
    """
    Probes, metrics and documents are never refused.
    """
    answers = [await client.get(call.path) for _ in range(9)]

    assert not any(answer.status == 429 or "RateLimit" in answer.headers for answer in answers)


async def test_without_keys_an_address_is_a_caller(session: aiohttp.ClientSession) -> None:
    """
    What a caller writes into X-Forwarded-For makes no other of it.
    """
    async with Sidecar(nowhere()) as sidecar:
        client = Client(sidecar.url, session)
        forged = [{"X-Forwarded-For": f"192.0.2.{n}"} for n in range(4)]

        found = [(await client.get(FIGURES, headers=headers)).status for headers in forged]
    assert found == [200, 200, 200, 429]


async def test_without_a_limit(session: aiohttp.ClientSession) -> None:
    """
    By default nobody is refused, and no answer speaks of a limit.
    """
    unlimited = nowhere().model_copy(update={"sidecar_rate_limit": None})
    async with Sidecar(unlimited) as sidecar:
        client = Client(sidecar.url, session)
        answers = [await client.get(FIGURES) for _ in range(50)]

    assert {answer.status for answer in answers} == {200}
    assert not any("RateLimit" in answer.headers for answer in answers)


def test_the_document_tells_of_it() -> None:
    """
    Each call about tickets, and no other, may answer 429.
    """
    limited = {call.path for call in CALLS if 429 in call.answers}

    assert PROCESS in limited
    assert limited == {call.path for call in CALLS if call.path.startswith("/api/")}
