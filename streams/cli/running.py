"""How a command runs: with the settings of its surroundings, its logs, and one event loop."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from streams.cli import ending
from streams.cli.exit_codes import INTERRUPTED

if TYPE_CHECKING:
    from streams.settings import Settings


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
    return run_to_end(with_rights_named(does, settings_here(), part))


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


def run_to_end(coroutine: Coroutine[Any, Any, int]) -> int:
    """Run a command to its end. Ctrl-C ends it quietly."""
    import uvloop

    try:
        with ending.in_order():
            return uvloop.run(coroutine)
    except KeyboardInterrupt:
        return INTERRUPTED
