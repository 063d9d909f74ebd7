"""How a command runs: with the settings of its surroundings, its logs, and one event loop."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from streams.cli import ending
from streams.cli.exit_codes import INTERRUPTED

if TYPE_CHECKING:
    from streams.settings import Settings


_TRACED = ("publish", "replay")
"""Commands that send tickets on their way."""


def settings_here() -> Settings:
    """Return the settings of the environment, with the running `up`'s brokers if it has none."""
    from streams.cli import running_up

    return running_up.settings_with_up()


def log_as_set(settings: Settings) -> None:
    """Log as *settings* say."""
    from streams.service import logs

    logs.configure(settings)


def run_quietly(does: Callable[[Settings], Coroutine[Any, Any, int]], *, part: str) -> int:
    """
    Run a command that says itself what matters; libraries are silent.

    *part*: what it is called where Kafka's rights are listed (`rights.PARTS`).
    """
    from streams.service import logs

    logs.quiet()
    command = with_rights_named(does, settings_here(), part)
    return run_traced(command, part=part) if part in _TRACED else run_to_end(command)


async def with_rights_named(
    does: Callable[[Settings], Coroutine[Any, Any, int]], settings: Settings, part: str
) -> int:
    """Run a command, and say which rights are missing if Kafka forbids something."""
    from streams.errors import ConfigurationError

    try:
        return await does(settings)
    except ConfigurationError as error:
        from streams.backends.kafka import rights  # only here: slow to load

        async with rights.naming_missing_rights(settings, part):
            raise error


def run_traced(coroutine: Coroutine[Any, Any, int], *, part: str) -> int:
    """Run a long-running *part* of the product to its end; its spans go to a collector if set."""
    from streams.service.trace_export import traces_exported

    try:
        with traces_exported(part):
            return run_to_end(coroutine)
    finally:
        coroutine.close()  # one that never began


def run_to_end(coroutine: Coroutine[Any, Any, int]) -> int:
    """Run a command to its end. Ctrl-C ends it quietly."""
    import uvloop

    try:
        with ending.in_order():
            return uvloop.run(coroutine)
    except KeyboardInterrupt:
        return INTERRUPTED
