"""The fixed phrases that a draft may have of ours."""

from __future__ import annotations

from typing import Protocol


class FixedPhrases(Protocol):
    """Knows whether a text is one of the operator's fixed phrases, its slots filled as allowed."""

    def is_ours(
        self,
        text: str,
        *,
        names: tuple[str, ...] = (),
        titles: tuple[str, ...] = (),
        links: tuple[str, ...] = (),
    ) -> bool:
        """Return whether *text* is a fixed phrase; its slots take these values only."""


class TodaysPhrases:
    """The phrases of salutation and of the embedded writer, until `Voice` has them."""

    def is_ours(
        self,
        text: str,
        *,
        names: tuple[str, ...] = (),
        titles: tuple[str, ...] = (),
        links: tuple[str, ...] = (),
    ) -> bool:
        from streams.backends.embedded import writer as w
        from streams.text.salutation import _is_ours

        fixed = {
            *(f"{o}." for o in w._OPENINGS.values()), "Thank you for getting in touch.",
            *(f"{o}; {w._INTRODUCES}" for o in w._OPENINGS.values()),
            f"Thank you for getting in touch; {w._INTRODUCES}",
            w._UNANSWERED, *w._HOLDING.split(". "), w._HOLDING, *w._OTHER_KINDS.values(),
        }
        named = {f"{word} {name}," for word in ("Hi", "Hello", "Dear") for name in names}
        return text in fixed or f"{text}" in named or _is_ours(text, tuple(names))
