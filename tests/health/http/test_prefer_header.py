"""What is granted of `Prefer`."""

from __future__ import annotations

import pytest

from health.http.prefer_header import Granted, granted
from tests.health.conftest import Client, a_ticket
from tests.support.echo_pipeline import EchoPipeline

MOST = 30.0


@pytest.mark.parametrize(
    ("prefer", "seconds", "respond_async", "applied"),
    [
        ([], MOST, False, ""),
        (["wait=5"], 5, False, "wait=5"),
        (["WAIT = 5"], 5, False, "wait=5"),
        (['wait="5"'], 5, False, "wait=5"),
        (["wait=0"], 0, False, "wait=0"),
        (["wait=30"], 30, False, "wait=30"),
        (["respond-async"], 0, True, "respond-async"),
        (["respond-async, wait=5"], 5, True, "respond-async, wait=5"),
        (["wait=5", "respond-async"], 5, True, "respond-async, wait=5"),
        (["respond-async; foo=bar, wait=5; x"], 5, True, "respond-async, wait=5"),
        (["handling=lenient, return=minimal, wait=5"], 5, False, "wait=5"),
    ],
)
def test_what_is_granted(
    prefer: list[str], seconds: float, respond_async: bool, applied: str
) -> None:
    """
    A caller may wait less than the operator allows, and take a 202; the answer says which it got.
    """
    found = granted(prefer, MOST)

    assert (found.seconds, found.respond_async) == (seconds, respond_async)
    late = found.applied(202 if respond_async else 504)
    assert late.get("Preference-Applied", "") == applied


@pytest.mark.parametrize("wait", ["31", "9" * 400, "-1", "1.5", "1e1", "soon", "\u0665", "", " "])
def test_a_time_that_is_none(wait: str) -> None:
    """
    A time that is too long, or none, is not granted; the operator's limit stays.
    """
    assert granted([f"wait={wait}"], MOST) == Granted(MOST, respond_async=False, waits=False)


def test_respond_async_beside_a_time_that_is_none() -> None:
    """
    A caller who wished to wait does wait, though not so long as it wished.
    """
    assert granted(["respond-async, wait=99999"], MOST).seconds == MOST


def test_the_first_of_a_name_counts() -> None:
    """
    RFC 7240: what comes again under a name is ignored.
    """
    assert granted(["wait=5, wait=7", "wait=9"], MOST).seconds == 5


def test_zeros_in_front() -> None:
    """
    A number is read whole, however many zeros it begins with.
    """
    assert granted(["wait=00000000000000000010"], MOST).seconds == 10


def test_a_comma_between_quotes() -> None:
    """
    What stands between quotes is a value, and no preference of its own.
    """
    found = granted(['note="later, wait=1, respond-async", wait=5'], MOST)

    assert (found.seconds, found.respond_async) == (5, False)


def test_only_a_202_says_respond_async() -> None:
    """
    An answer that came in time was not given for later, and does not say so.
    """
    asked = granted(["respond-async, wait=5"], MOST)

    assert asked.applied(200) == {"Preference-Applied": "wait=5"}
    assert granted(["respond-async"], MOST).applied(200) == {}


@pytest.mark.parametrize("wish", ["wait=99999", "wait=soon", "wait=", "wait", ";,="])
async def test_a_wish_that_is_not_granted(
    client: Client, pipeline: EchoPipeline, wish: str
) -> None:
    """
    The operator's limit stays, and a wish that makes no sense is ignored.
    """
    answer = await client.process(a_ticket(), headers={"Prefer": wish})

    assert answer.status == 200
    assert "Preference-Applied" not in answer.headers
