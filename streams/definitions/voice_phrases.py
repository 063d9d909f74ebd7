"""
The parts of the operator's voice: phrases with slots, in one or two forms of address.

`defaults/voice.yaml` documents each field. What a phrase may not say is in `voice_claims.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal, get_type_hints

from pydantic import AfterValidator, BeforeValidator, Field, create_model

from streams.definitions.printable import PrintedName
from streams.definitions.yaml_files import Part, mistake
from streams.text.person_names import ENGLISH_TITLES

AddressForm = Literal["polite", "familiar"]
TONES = ("any", "formal", "casual", "empathetic_professional")

ORDINALS = 8
"""Questions that are called by their number."""
LONGEST_PHRASE = 300
LEAST_EMPATHY = 3
_FORMS = ("polite", "familiar")
_SLOT = re.compile(r"\{(\w*)\}")


class Worded(Part):
    """A phrase in each form of address."""

    polite: str
    familiar: str

    def by(self, address: AddressForm) -> str:
        """Return the phrase for who is addressed so."""
        return self.polite if address == "polite" else self.familiar


def _reader(*slots: str, needed: tuple[str, ...] = ()) -> Callable[[Any], Worded]:
    """Return what reads a phrase that may have *slots* and *needed* ones, and must have those."""

    def worded(given: Any) -> Worded:
        if isinstance(given, Worded):
            return given
        if isinstance(given, str):
            checked = _checked(given, slots, needed)
            return Worded(polite=checked, familiar=checked)
        if not isinstance(given, dict):
            raise mistake("is neither a text nor two, polite and familiar")
        if odd := [name for name in given if name not in _FORMS]:
            raise mistake("no such form of address; there are polite and familiar", odd[0])
        if lacking := [name for name in _FORMS if name not in given]:
            raise mistake(f"lacks {lacking[0]}")
        return Worded(**{name: _checked(given[name], slots, needed, name) for name in _FORMS})

    return worded


def _checked(given: Any, slots: tuple[str, ...], needed: tuple[str, ...], *at: str) -> str:
    """Return the phrase *given* on one line, or raise what is wrong with it."""
    if not isinstance(given, str):
        raise mistake("is not text: put it in quotes", *at)
    phrase = given.strip(" \n")
    if wrong := _wrong(phrase, {*slots, *needed}, needed):
        raise mistake(wrong, *at)
    return phrase


def _wrong(phrase: str, slots: set[str], needed: tuple[str, ...]) -> str | None:
    """Return why *phrase* cannot stand in a draft, or None."""
    found = _SLOT.findall(phrase)
    if not phrase:
        return "is empty"
    if len(phrase) > LONGEST_PHRASE:
        return f"is longer than {LONGEST_PHRASE} characters"
    if "\n" in phrase:
        return "is more than one line"
    if unknown := [name for name in found if name not in slots]:
        there = f"there is {', '.join(f'{{{s}}}' for s in sorted(slots))}" if slots else "none here"
        return f"no such slot: {{{unknown[0]}}}; {there}"
    if re.search(r"[{}]", _SLOT.sub("", phrase)):
        return "has a brace that is no slot's"
    if lacking := [name for name in needed if name not in found]:
        return f"lacks the slot {{{lacking[0]}}}"
    return None


_Fixed = Annotated[Worded, BeforeValidator(_reader())]
_Named = Annotated[Worded, BeforeValidator(_reader(needed=("name",)))]
_Counted = Annotated[Worded, BeforeValidator(_reader(needed=("ordinal",)))]
_Signed = Annotated[Worded, BeforeValidator(_reader("brand"))]
_Customary = Annotated[Worded, BeforeValidator(_reader("name", "brand"))]
_Linked = Annotated[Worded, BeforeValidator(_reader(needed=("title", "link")))]
_Titled = Annotated[Worded, BeforeValidator(_reader(needed=("title",)))]
MOST_ALTERNATIVES = 50


def _alternatives(least: int) -> Callable[[tuple[Worded, ...]], tuple[Worded, ...]]:
    """Return what sees that *least* phrases are given, and none twice."""

    def different(given: tuple[Worded, ...]) -> tuple[Worded, ...]:
        for form in _FORMS:
            seen: set[str] = set()
            for n, phrase in enumerate(given):
                said = _plain(getattr(phrase, form))
                if said in seen:
                    same = "says the same as one before it: word it otherwise, or delete it"
                    raise mistake(same, n)
                seen.add(said)
        if not given:
            raise mistake("is empty: give a phrase")
        if len(given) < least:
            raise mistake(f"has {len(given)}, but needs {least} different phrases or more")
        if len(given) > MOST_ALTERNATIVES:
            raise mistake(f"has {len(given)} phrases: give {MOST_ALTERNATIVES} at most")
        return given

    return different


def _plain(phrase: str) -> str:
    """Return the words of *phrase*: a customer sees no difference in marks and case."""
    return " ".join(re.findall(r"\w+", phrase.casefold()))


Alternatives = Annotated[tuple[_Fixed, ...], AfterValidator(_alternatives(1))]


def _for_any_tone(given: dict[str, Worded]) -> dict[str, Worded]:
    """Return *given*, by tone, or raise that one is none, or that the rest have no phrase."""
    if odd := [name for name in given if name not in TONES]:
        raise mistake(f"no such tone; there are {', '.join(TONES)}", odd[0])
    if "any" not in given:
        raise mistake("lacks any")
    return given


def _titled(given: dict[str, str]) -> dict[str, str]:
    """Return *given*, by title, or raise that one is none."""
    known = sorted(title.rstrip(".") for title in ENGLISH_TITLES)
    if odd := [name for name in given if name not in known]:
        raise mistake(f"no such title; there are {', '.join(known)}", odd[0])
    return given


_ByTone = Annotated[dict[str, _Fixed], AfterValidator(_for_any_tone)]
_NamedByTone = Annotated[dict[str, _Named], AfterValidator(_for_any_tone)]
_Short = Annotated[PrintedName, Field(min_length=1, max_length=30)]


class Greetings(Part):
    """How a customer is greeted, by what we know of the name, and by tone."""

    named: _NamedByTone
    titled: _NamedByTone
    nameless: _ByTone


class LongArticle(Part):
    """What stands in place of a procedure that is too long for a mail."""

    linked: _Linked
    unlinked: _Titled


class LanguagePhrases(Part):
    """All phrases of a language."""

    reviewed: bool
    address: AddressForm
    titles: Annotated[dict[str, _Short], AfterValidator(_titled)]
    greetings: Greetings
    thanks: Alternatives
    pleased: Alternatives
    empathy: Annotated[tuple[_Fixed, ...], AfterValidator(_alternatives(LEAST_EMPATHY))]
    introductions: Alternatives
    ordinals: Annotated[tuple[_Short, ...], Field(min_length=ORDINALS, max_length=ORDINALS)]
    lead_in: _Counted
    as_above: _Counted
    open_question: _Counted
    open_rest: _Fixed
    holding: Alternatives
    answered_before: Alternatives
    long_article: LongArticle
    welcome: Alternatives
    automatic: Alternatives
    tell_more: Alternatives
    closings: _ByTone
    signature: _Signed
    customary: Annotated[tuple[_Customary, ...], Field(max_length=50)] = ()

    @property
    def alternatives(self) -> tuple[tuple[Worded, ...], ...]:
        """The lists of phrases of which a reply takes one."""
        names = (name for name in type(self).model_fields if name != "customary")
        found = (getattr(self, name) for name in names)
        lists = (one for one in found if isinstance(one, tuple))
        return tuple(one for one in lists if isinstance(one[0], Worded))


def _optional(model: type[Part], name: str) -> type[Part]:
    """Return *model* as one of this *name* none of whose fields has to be given."""
    hints = get_type_hints(model, include_extras=True)
    fields: dict[str, Any] = {field: (hints[field] | None, None) for field in model.model_fields}
    return create_model(name, __base__=Part, **fields)


BrandPhrases = _optional(LanguagePhrases, "BrandPhrases")


class Brand(Part):
    """Whom drafts speak for, and what this brand says otherwise, by language."""

    name: Annotated[str, Field(max_length=100)] = ""
    languages: dict[str, BrandPhrases] = {}  # type: ignore[valid-type]  # made above

    def over(self, language: str, phrases: LanguagePhrases) -> LanguagePhrases:
        """Return *phrases* of *language*, with this brand's own in their places."""
        own = self.languages.get(language)
        if own is None:
            return phrases
        given = {name: getattr(own, name) for name in own.model_fields_set}
        return phrases.model_copy(update=given)
