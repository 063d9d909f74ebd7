"""What is shown of asyncio's messages, and how often a library is heard."""

from __future__ import annotations

import asyncio
import logging
from asyncio import base_events, events, futures, selector_events, sslproto, tasks
from collections.abc import Callable
from functools import partial
from inspect import getsource

import pytest
import uvloop

from streams.service.library_logs import library_filters

SECRET = "Anna: my card is 4111 1111"


class _Shown:
    """What describes itself by a customer's words."""

    def __repr__(self) -> str:
        return SECRET

    def __call__(self, *_: object) -> None:
        raise ValueError(SECRET)


def _fails(*_: object) -> None:
    raise ValueError(SECRET)


@pytest.fixture
def heard() -> list[str]:
    """Return what is heard of asyncio's logger, as text."""
    return []


@pytest.fixture(autouse=True)
def _listening(heard: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    handler = logging.Handler()
    for one in library_filters(lambda: 0.0):
        handler.addFilter(one)
    monkeypatch.setattr(handler, "emit", lambda record: heard.append(record.getMessage()))
    for name in ("asyncio", "library"):
        monkeypatch.setattr(logging.getLogger(name), "handlers", [handler])


@pytest.mark.parametrize("runs", [asyncio.run, uvloop.run])
@pytest.mark.parametrize(
    "callback",
    [
        partial(_fails, SECRET),
        partial(_fails, {"raw_message": SECRET}, _Shown()),
        partial(partial(_fails, SECRET), SECRET),
        _Shown(),
        partial(_Shown(), _Shown()),
        lambda: _fails(SECRET),
    ],
)
def test_a_callback_that_fails(
    runs: Callable[..., None], callback: Callable[..., None], heard: list[str]
) -> None:
    """
    A callback is shown without its arguments, however it describes itself.
    """

    async def calls() -> None:
        asyncio.get_running_loop().call_soon(callback)
        await asyncio.sleep(0.01)

    runs(calls())
    assert heard == ["Exception in callback"]


def test_two_callbacks_that_fail(heard: list[str]) -> None:
    """
    A failure is not taken for the repetition of another one's.
    """

    async def calls() -> None:
        asyncio.get_running_loop().call_soon(_fails)
        asyncio.get_running_loop().call_soon(_Shown())
        asyncio.get_running_loop().call_soon(_fails)
        await asyncio.sleep(0.01)

    asyncio.run(calls())
    assert heard == ["Exception in callback"] * 2


async def _says(text: object) -> object:
    return text


def _descriptions() -> list[str]:
    loop = asyncio.new_event_loop()
    try:
        task = loop.create_task(_says(SECRET), name=SECRET)
        pending = repr(task)
        loop.run_until_complete(task)
        failed = loop.create_future()
        failed.set_exception(ValueError(SECRET))
        failed.exception()
        handle = loop.call_later(60, _fails, SECRET, _Shown())
        return [
            pending,
            repr(task),
            repr(failed),
            repr(handle),
            repr(loop.call_soon(print, SECRET)),
        ]
    finally:
        loop.close()


@pytest.mark.parametrize("logger", ["asyncio", "library"])
@pytest.mark.parametrize("described", _descriptions())
def test_a_description_of_a_task(described: str, logger: str, heard: list[str]) -> None:
    """
    A task, future or handle in a message's text or arguments is shown by its class.
    """
    assert SECRET[:4] in described
    log = logging.getLogger(logger)
    log.warning("Executing %s took %.3f seconds", described, 1.5)
    log.warning(f"Executing {described}")
    log.warning("%(what)s", {"what": described})

    assert len(heard) == 3
    assert "Anna" not in str(heard)
    assert "card" not in str(heard)
    assert "1.500 seconds" in heard[0]


@pytest.mark.parametrize(
    "sentence",
    [
        "Task exception was never retrieved",
        "Task was destroyed but it is pending!",
        "Fatal error on transport",
        "Fatal read error on socket transport",
        "socket.send() raised exception",
        "SSL handshake failed",
        "Unhandled exception in event loop",
    ],
)
def test_asyncios_own_sentences(sentence: str, heard: list[str]) -> None:
    """
    Its constant words are shown, and nothing behind them.
    """
    modules = (base_events, events, futures, selector_events, sslproto, tasks)
    assert any(sentence.removeprefix("Task exc") in getsource(module) for module in modules)

    logging.getLogger("asyncio").error(f"{sentence}\n{SECRET}")
    assert heard == [sentence]


def test_a_sentence_that_asyncio_was_given(heard: list[str]) -> None:
    """
    Whoever calls the loop's handler may put a customer's words into the message.
    """

    async def calls() -> None:
        context = {"message": SECRET, "exception": ValueError(SECRET)}
        asyncio.get_running_loop().call_exception_handler(context)

    asyncio.run(calls())
    assert heard == ["an error in the event loop"]
