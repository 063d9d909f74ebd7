"""What `list`, `show` and `replay` have in common: the letters read, named and told."""

from __future__ import annotations

from typing import Any

from schemas.dead_letters import Place, place_of
from streams.cli import terminal
from streams.cli.dead_letters.register import Filter, Letter, Mark, Register
from streams.errors import ConfigurationError

HINT = '"ticketstream dead-letters list" shows them'
GONE = "its value did not fit into the dead letter, and is not where it came from any more"


async def catch_up(register: Register) -> None:
    """Read the topic into *register*, with a progress bar."""
    with terminal.progress(await register.missing(), "letters") as bar:
        await register.catch_up(bar.update)


def why_none(register: Register, wanted: Filter) -> str:
    """Return why no letter is *wanted* of those that *register* has seen."""
    seen = register.seen
    if not seen:
        return "there are no dead letters" + (" since then" if wanted.since else "")
    stages = ", ".join(sorted({stage for stage, _ in seen}))
    classes = ", ".join(sorted({error_class for _, error_class in seen}))
    return (
        f"none of {sum(seen.values()):,} dead letters matches;"
        f" they are of the stages {stages} and the classes {classes}"
    )


def place(asked: str) -> Place:
    """Return where the letter with this ID lies. Raises ConfigurationError if it is no ID."""
    try:
        return place_of(asked)
    except ValueError:
        raise ConfigurationError(f"{asked} is not the ID of a dead letter: {HINT}") from None


def row_of(letter: Letter, mark: Mark | None) -> dict[str, Any]:
    """Return what a program reads of *letter*."""
    partition, offset = letter.origin or (None, None)
    return {
        "id": letter.id,
        "at": letter.at.isoformat(),
        "key": letter.key,
        "stage": letter.stage,
        "class": letter.error_class,
        "reason": letter.reason,
        "attempts": letter.attempts,
        "origin_topic": letter.origin_topic,
        "origin_partition": partition,
        "origin_offset": offset,
        "replay_of": letter.replay_of,
        "replayed_at": mark.at if mark else None,
        "replayed_to": mark.to if mark else None,
    }
