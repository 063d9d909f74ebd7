"""What the command line takes beside click's own: texts, headers, moments; and who is misspelt."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from math import isnan
from typing import Any

import click


class Utf8Text(click.ParamType):
    """Text that can be sent on: bytes of another encoding are refused."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return *value*, or say that it cannot be."""
        try:
            value.encode()
        except UnicodeEncodeError:
            self.fail("it is not UTF-8", param, ctx)
        return value


class Quantity(click.FloatRange):
    """A number in a range. `nan` is in none, though click takes it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return *value* as a number, or say that it is none."""
        number = super().convert(value, param, ctx)
        if isnan(number):
            self.fail("nan is no number", param, ctx)
        return number


class _OneOf(Utf8Text):
    """One of some names, which are loaded when one is given: help is to answer at once."""

    def names(self) -> Collection[str]:
        """Return the names."""
        raise NotImplementedError

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return *value*, or say which name may be meant."""
        known = self.names()
        if super().convert(value, param, ctx) not in known:
            near = difflib.get_close_matches(value, known, n=1)
            meant = f" Did you mean {near[0]}?" if near else ""
            self.fail(f"choose among {', '.join(known)}.{meant}", param, ctx)
        return value


class StageName(_OneOf):
    """The name of a stage."""

    name = "stage"

    def names(self) -> Collection[str]:
        """Return the names of the stages."""
        from streams.pipeline import STAGES

        return STAGES


class PartName(_OneOf):
    """The name of what needs rights of its own: a stage or a command."""

    name = "part"

    def names(self) -> Collection[str]:
        """Return the names of the parts."""
        from streams.backends.kafka.rights import PARTS

        return PARTS


class Header(Utf8Text):
    """A header's name and value."""

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Return *value* split, or say that it cannot be."""
        name, equals, rest = super().convert(value, param, ctx).partition("=")
        if not (name and equals):
            self.fail("give name=value", param, ctx)
        return name, rest


class Group(click.Group):
    """Commands. Whoever calls one that is none is told the nearest, also of those below."""

    group_class = type  # so that groups below are such, too

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that *args* name, or say which may be meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            names = {name: name for name in self.commands}
            for name, command in self.commands.items():
                if isinstance(command, click.Group):
                    names |= {below: f"{name} {below}" for below in command.commands}
            if near := difflib.get_close_matches(args[0], names, n=1):
                error.message += f" Did you mean {names[near[0]]}?"
            raise


class Time(click.ParamType):
    """A moment: ISO 8601, in local time without a zone, or a duration before now."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return *value* as an aware datetime, or say that it is none."""
        units = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
        try:
            if ago := re.fullmatch(r"([0-9]+)([smhdw])", value):
                return datetime.now(UTC) - timedelta(**{units[ago[2]]: int(ago[1])})
            return datetime.fromisoformat(value).astimezone()
        except (ValueError, OverflowError):
            self.fail("give a time such as 2026-11-23T09:40, or a duration such as 2h", param, ctx)
