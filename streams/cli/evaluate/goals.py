"""What figures must reach: `--min NAME=VALUE` and `--max NAME=VALUE`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import click

from streams.near_names import names_like

if TYPE_CHECKING:
    from streams.cli.evaluate.figures import Figure

Bound = Literal["least", "most"]
_NUMBER = re.compile(r"([0-9]+(?:\.[0-9]+)?)(%?)")


@dataclass(frozen=True)
class Goal:
    """A figure's name and the *bound* of its value that is asked for."""

    name: str
    bound: Bound
    value: float


class GoalOption(click.ParamType):
    """A figure's name and a value: `answered=0.8`, or `answered=80%`. Most figures are shares."""

    name = "name=value"

    def __init__(self, bound: Bound, names: Collection[str], amounts: Collection[str] = ()) -> None:
        """*amounts* are those of *names* that are no shares: seconds, tokens, dollars."""
        self._bound, self._names, self._amounts = bound, names, amounts

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return *value* as a goal, or say what is wrong with it."""
        if isinstance(value, Goal):
            return value
        name, _, given = value.partition("=")
        if name not in self._names:
            near = names_like(name, self._names)
            meant = f" Did you mean {' or '.join(near)}?" if near else ""
            self.fail(f"choose among {', '.join(self._names)}.{meant}", param, ctx)
        is_amount = name in self._amounts
        number = _NUMBER.fullmatch(given)
        if number is None or (is_amount and number[2]):
            such = f"{name}=2.5" if is_amount else f"{name}=0.8 or {name}=80%"
            self.fail(f"give {name}=NUMBER, such as {such}", param, ctx)
        asked = float(number[1]) / (100 if number[2] else 1)
        if asked > 1 and not is_amount:
            self.fail(f"{name} is a share: give 0 to 1, or 0% to 100%", param, ctx)
        return Goal(name, self._bound, asked)


def missed(goals: Iterable[Goal], figures: Iterable[Figure]) -> Iterator[str]:
    """Yield a sentence for each of *goals* that *figures* do not reach."""
    found = {figure.name: figure for figure in figures}
    for goal in goals:
        figure = found[goal.name]
        if figure.value is None:
            yield f"{goal.name} cannot be told: no case of the input has what it needs"
        elif goal.bound == "least" and figure.value < goal.value:
            yield f"{_told(figure)}, below the {goal.value:g} that --min asks for"
        elif goal.bound == "most" and figure.value > goal.value:
            yield f"{_told(figure)}, above the {goal.value:g} that --max asks for"


def _told(figure: Figure) -> str:
    return f"{figure.name} is {figure.value:g} ({figure.low:g} to {figure.high:g})"
