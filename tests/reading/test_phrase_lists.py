"""Lists of phrases by language, as a section has them."""

from __future__ import annotations

from streams.reading.phrase_lists import PhraseList, Section, WordList, all_words, any_of


class Few(Section):
    """A section with a list of each kind."""

    says: PhraseList
    kind_words: WordList


FEW = Few.model_validate(
    {
        "says": {"en": ["hi", "hello"], "de": ["hallo"]},
        "kind_words": {"en": "good  fine", "de": "gut\nfine Süß"},
    }
)


def test_all_languages_are_looked_for() -> None:
    """
    Alternatives keep their order; words are split at blanks, casefolded, and each counts once.
    """
    assert any_of(FEW.says, {"fr": ("salut",)}) == "(?:hi|hello|hallo|salut)"
    assert all_words(FEW.kind_words) == {"good", "fine", "gut", "süss"}


def test_patterns_change_and_words_stay() -> None:
    """
    What is done to the patterns of a section does not touch its words.
    """
    changed = FEW.with_patterns(str.upper)

    assert any_of(changed.says) == "(?:HI|HELLO|HALLO)"
    assert changed.kind_words == FEW.kind_words
