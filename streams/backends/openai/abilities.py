"""
What one server takes for one model, as it has said itself: form of answer, parameters, roles.

What it does not take is left out from then on. Only a richer form of answer is asked for again
after a while: a server may learn it, and of several behind one address one may know it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from time import monotonic
from typing import Any

import structlog

from streams.backends.openai.question import MODES, Mode
from streams.backends.openai.refused_parameters import SYSTEM_ROLE

ASK_AGAIN_SECONDS = 600.0
"""Seconds after which a server that refused a form of answer is asked for it again."""
OWN: Mapping[str, Any] = {"temperature": 0}
"""What is sent unasked. The same ticket is to get the same answer."""
_INSTEAD = frozenset(("temperature", "top_p", "top_k", "min_p"))
"""With one of these, an operator has said how to sample: some servers refuse two of them."""

log = structlog.get_logger()


class Abilities:
    """What a server takes for a model."""

    def __init__(self, model: str, given: Mapping[str, Any]) -> None:
        """*given*: parameters that the operator has set; null leaves one of ours out."""
        self._model = model
        self._given = {name: value for name, value in given.items() if value is not None}
        self._own = {} if _INSTEAD & given.keys() else dict(OWN)
        self._left_out: set[str] = set()
        self._mode: Mode = MODES[0]
        self._mode_until = 0.0

    @property
    def mode(self) -> Mode:
        """Return the richest form of answer that it is not known to lack."""
        if monotonic() > self._mode_until:
            self._mode = MODES[0]
        return self._mode

    def use(self, mode: Mode) -> None:
        """Ask for *mode* from now on."""
        if mode != self._mode:
            log.warning("server lacks structured output", model=self._model, uses=mode)
            self._mode, self._mode_until = mode, monotonic() + ASK_AGAIN_SECONDS

    @property
    def own(self) -> frozenset[str]:
        """Return the names of what is sent unasked."""
        return frozenset({*self._own, SYSTEM_ROLE} - self._left_out)

    @property
    def left_out(self) -> list[str]:
        """Return the names of what the server does not take."""
        return sorted(self._left_out)

    @property
    def parameters(self) -> dict[str, Any]:
        """Return what is sent beside the question."""
        own = {name: value for name, value in self._own.items() if name not in self._left_out}
        return own | self._given

    @property
    def has_system_role(self) -> bool:
        """Say whether instructions are a message of their own."""
        return SYSTEM_ROLE not in self._left_out

    def leave_out(self, names: Collection[str]) -> None:
        """Send none of *names* from now on."""
        for name in sorted(set(names) - self._left_out):
            log.warning("server does not take a parameter", model=self._model, parameter=name)
        self._left_out |= set(names)
