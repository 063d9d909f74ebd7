"""The operator's voice: by language and brand, and what is wrong with a file."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from streams.definitions.voice import DEFAULT, Voice, load_voice
from streams.errors import ConfigurationError
from tests.support.definition_files import mistakes_of

GOOD = DEFAULT.read_text(encoding="utf-8")
VOICE = load_voice()
SIGNATURE = '    signature: "{brand} Support'
LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl")
HARBOR = """
brands:
  default: {name: ""}
  Harbor:
    name: Harbor Bank
    languages:
      de: {address: familiar, signature: "Dein Team von {brand}"}
"""


def _said(path: Path, *changes: tuple[str, str]) -> list[str]:
    """Return the mistakes of the default voice after *changes*, a line each."""
    return mistakes_of(load_voice, GOOD, path / "voice.yaml", *changes)


def _with_brands(path: Path) -> Voice:
    file = path / "voice.yaml"
    file.write_text(GOOD.replace('brands:\n  default:\n    name: ""\n', HARBOR.lstrip(), 1))
    return load_voice(file)


def test_the_included_voice() -> None:
    """
    It speaks seven languages; English and German have been reviewed, and the others say that not.
    """
    assert tuple(VOICE.languages) == LANGUAGES
    assert VOICE.unreviewed == ("fr", "es", "it", "pt", "nl")
    assert GOOD.count("# Not reviewed by a native speaker.") == len(VOICE.unreviewed)
    assert all(len(phrases.empathy) >= 3 for phrases in VOICE.languages.values())


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [("de", "de"), ("de-AT", "de"), ("pt_BR", "pt"), ("DE", "de"), ("und", "en"), ("ja", "en")],
)
def test_the_customers_language(asked: str, spoken: str) -> None:
    """
    A language that the voice lacks is answered in English.
    """
    assert VOICE.speaking(asked).language == spoken


def test_a_language_of_a_region_goes_first(tmp_path: Path) -> None:
    """
    Brazilians get the phrases for Brazil where there are any.
    """
    file = tmp_path / "voice.yaml"
    content = yaml.safe_load(GOOD)
    own = {**deepcopy(content["languages"]["pt"]), "signature": "Equipe {brand}"}
    content["languages"]["pt-BR"] = own
    file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")

    voice = load_voice(file)

    assert voice.speaking("pt-BR").closing("any") == "Atenciosamente,\nEquipe"
    assert voice.speaking("pt-PT").closing("any").endswith("A equipe de suporte")


def test_a_brand_says_some_phrases_otherwise(tmp_path: Path) -> None:
    """
    What it does not say otherwise is as for all; an unknown brand is none.
    """
    voice = _with_brands(tmp_path)

    assert voice.speaking("de", "harbor").closing("any") == "Viele Grüße\nDein Team von Harbor Bank"
    assert voice.speaking("de", "harbor").lead_in(range(1)) == "Zu deiner ersten Frage:"
    assert voice.speaking("en", "Harbor").closing("any").endswith("Harbor Bank Support Team")
    for other in (None, "", "Unknown"):
        assert voice.speaking("de", other).closing("any") == "Viele Grüße\nIhr Support-Team"


def test_a_file_of_brands_alone(tmp_path: Path) -> None:
    """
    It has the included phrases; what its brands say otherwise is checked all the same.
    """
    file = tmp_path / "voice.yaml"
    file.write_text("version: a\nbrands: {default: {name: Acme, languages: {de: {}, xx: {}}}}\n")
    with pytest.raises(ConfigurationError, match="xx: is no language of languages"):
        load_voice(file)
    file.write_text(file.read_text().replace(", xx: {}", ""))

    assert load_voice(file).languages == VOICE.languages
    assert load_voice(file).speaking("de").closing("any") == "Viele Grüße\nIhr Acme Support-Team"


def test_phrases_of_any_brand_and_language_are_ours(tmp_path: Path) -> None:
    """
    Whoever checks a draft need not know who wrote it.
    """
    voice = _with_brands(tmp_path)

    assert voice.is_ours("Zu deiner ersten Frage:")
    assert voice.is_ours("Zu Ihrer ersten Frage:")
    assert not VOICE.is_ours("Zu deiner ersten Frage:")


@given(st.text(max_size=80))
def test_nothing_else_is_ours(text: str) -> None:
    """
    A text that is no phrase is not ours, nor is a phrase that goes on.
    """
    assert not VOICE.is_ours(f"{text} refund")
    assert not VOICE.is_ours(f"Thank you for your message. {text}refund")


def test_all_mistakes_are_said_where_they_are(tmp_path: Path) -> None:
    """
    Each has its line, its column and its field; none shows what stands there.
    """
    heading, *mistakes = _said(
        tmp_path,
        ('    lead_in: "On your {ordinal} question:"', '    lead_in: "On your question:"'),
        ("      - Thank you for getting in touch.", "      - See https://evil.example"),
        ("    address: polite", "    address: royal"),
        ("    open_rest:", "    open_rst:"),
        ('signature: "{brand} Support Team"', 'signature: "{name} Support Team"'),
    )

    def place(text: str) -> str:
        return f"line {1 + GOOD[: GOOD.index(text)].count(chr(10))}, column"

    assert heading == ": 6 mistakes"
    missing, *others = map(str.strip, mistakes)
    assert missing == f"{place('  en:')} 3: languages.en.open_rest: Field required"
    assert others == [
        f"{place('    address: polite')} 5: languages.en.address: is none of these: "
        "polite, familiar",
        f"{place('- Thank you for getting')} 9: languages.en.thanks.0: has an address or a bare "
        "domain, which reads as a link: leave it out",
        f"{place('    lead_in: ')} 5: languages.en.lead_in: lacks the slot {{ordinal}}",
        f"{place('    open_rest:')} 5: languages.en.open_rst: no such field; did you mean "
        "open_rest?",
        f"{place(SIGNATURE)} 5: languages.en.signature: no such slot: {{name}}; there is {{brand}}",
    ]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("  default:\n", "  other:\n", "brands: lacks default"),
        ("\n  en:\n", "\n  eo:\n", "languages: lacks en"),
        (
            '    name: ""\n',
            '    name: ""\n    languages:\n      sv: {}\n',
            "brands.default.languages.sv: is no language of languages",
        ),
        (
            '    name: ""\n',
            '    name: ""\n    languages:\n      de: {holdin: []}\n',
            "brands.default.languages.de.holdin: no such field; did you mean holding?",
        ),
        ('{any: "Hello,"}', '{formal: "Hello,"}', "languages.en.greetings.nameless: lacks any"),
        ('formal: "Dear', 'stern: "Dear', "greetings.named.stern: no such tone; there are"),
        ("{Mr: Mr,", "{Sir: Sir,", "languages.en.titles.Sir: no such title; there are Dr,"),
        ("third, fourth,", "third,", "languages.en.ordinals: "),
        ("      - Thank you for your kind words.", "      - {polite: a}", "lacks familiar"),
        (
            "      - Thank you for your kind words.",
            "      - {polite: a, rude: b}",
            "pleased.1.rude",
        ),
        ("      - Thank you for your kind words.", "      - 7", "is neither a text nor two"),
        ("      - Thank you for your kind words.", "      - '{'", "a brace that is no slot's"),
        ("      - Thank you for your kind words.", "      - ''", "pleased.1: is empty"),
        ("      - Thank you for your kind words.", f"      - {'a' * 301}", "longer than 300"),
        ("      - Thank you for your kind words.", '      - "a\\u202eb"', "that nobody sees"),
    ],
)
def test_mistakes(tmp_path: Path, old: str, new: str, says: str) -> None:
    """
    A voice that lacks what everything falls back to, or a phrase no draft can have, is refused.
    """
    assert says in "\n".join(_said(tmp_path, (old, new)))


def _brand(name: str = "Harbor", **phrases: object) -> str:
    """Return a file of a brand that says some phrases otherwise, in English."""
    brand = {"name": name, "languages": {"en": phrases}}
    return yaml.safe_dump(
        {"version": "1", "brands": {"default": brand}}, allow_unicode=True, sort_keys=False
    )


def _mistakes_of_brand(path: Path, name: str = "Harbor", **phrases: object) -> list[str]:
    return mistakes_of(load_voice, _brand(name, **phrases), path / "voice.yaml")


def test_each_phrase_that_claims_something_is_named(tmp_path: Path) -> None:
    """
    Where it stands, in which language, and what to do; a name is held to the same.
    """
    _, *mistakes = _mistakes_of_brand(
        tmp_path,
        "evil.co",
        signature="Visit evil.co {brand}",
        thanks=["Thanks.", "Good news, we have refunded you."],
    )

    assert [mistake.strip().split(": ", 1)[1] for mistake in mistakes] == [
        "brands.default.name: has an address or a bare domain, which reads as a link: leave it out",
        "brands.default.languages.en.signature: has an address or a bare domain, which reads as a"
        " link: leave it out",
        "brands.default.languages.en.thanks.1: speaks of money or of something free: leave it out;"
        " lines of articles say that",
    ]


@pytest.mark.parametrize(
    ("empathy", "says"),
    [
        (["I see."] * 3, "empathy.1: says the same as one before it: word it otherwise, or delete"),
        (["I see.", "i see!", "So sorry."], "empathy.1: says the same as one before it"),
        (["I see."], "empathy: has 1, but needs 3 different phrases or more"),
        ([], "empathy: is empty: give a phrase"),
        ([f"I see, {'so ' * n}sorry." for n in range(51)], "empathy: has 51 phrases: give 50 at"),
        ("I see.", "empathy: is not a list: write each entry on a line of its own, behind a dash"),
    ],
)
def test_phrases_of_a_list_are_different(tmp_path: Path, empathy: object, says: str) -> None:
    """
    A thread would get one twice.
    """
    assert says in "\n".join(_mistakes_of_brand(tmp_path, empathy=empathy))


def test_a_phrase_in_two_forms_is_checked_in_both(tmp_path: Path) -> None:
    """
    The form that claims something is named.
    """
    told = {"polite": "Wir haben alles.", "familiar": "Wir haben es behoben."}
    content = _brand().replace("en: {}", f"de: {{thanks: [{told}]}}")

    (mistake,) = mistakes_of(load_voice, content, tmp_path / "voice.yaml")

    assert "brands.default.languages.de.thanks.0.familiar: says that something was" in mistake


def test_a_language_is_called_by_its_tag(tmp_path: Path) -> None:
    """
    An error says how a tag is written.
    """
    told = "\n".join(_said(tmp_path, ("\n  nl:\n", "\n  Dutch:\n")))

    assert "languages.Dutch: is no language's tag: write it as de or pt-BR" in told
