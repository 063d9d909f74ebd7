"""What all events have in common."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

WORD = r"^[A-Za-z0-9][A-Za-z0-9 ._:/+-]{0,63}$"
Word = Annotated[str, Field(pattern=WORD)]
"""
One value of a set that may grow, such as a kind of message. A reader carries on a value that it
does not know, because a newer worker may have written it.
"""


def _with_zone(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Moment = Annotated[datetime, AfterValidator(_with_zone)]
"""A time with its zone, as JSON Schema's `date-time` has one; without one it is UTC."""


class Event(BaseModel):
    """
    Something that happened to one ticket. Events never change once made.

    Fields that this version does not know are kept, so that an older worker never
    deletes what a newer one wrote.
    """

    model_config = ConfigDict(frozen=True, extra="allow", ser_json_inf_nan="null")

    @classmethod
    def grown(cls, smaller: Event, **parts: Any) -> Self:
        """
        Return a *cls* that has all of *smaller*, unknown fields included, and *parts*.

        Raises:
            pydantic.ValidationError: *smaller* and *parts* do not make a whole *cls*.
        """
        return cls(**{**dict(smaller), **parts})
