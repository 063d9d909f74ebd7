"""
The drafts that the verifier is measured on: each case is whole, and says what it claims to be.

What a verdict on them has to be is in `must`; this file holds only their form, and that there are
enough of each kind and language.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

DRAFTS = Path(__file__).parent / "drafts"
LANGUAGES = {"en", "de", "fr", "es"}
MUST = {"wrong": "not passed", "honest": "not failed", "lines": "passed", "twins": "passed"}
"""What the verdict must be, by the first word of the file's name."""
STYLES = {"typical", "sneaky", "honest"}
WRONG_AT_LEAST = 600
HONEST_AT_LEAST = {"not failed": 60, "passed": 60}
KINDS_IN_EACH_LANGUAGE = 70
"""Kinds of fault that every language has at least one case of."""
WITHOUT_PASSAGES = "claim without any passage"
NO_SUCH_CITATION = "citation that does not exist"
MAY_INVENT = {WITHOUT_PASSAGES, NO_SUCH_CITATION, "placeholder left in"}
"""The kinds of fault that cite, or seem to cite, what no passage has."""
PARTS = ("greeting", "body", "closing")
CITATION = re.compile(r"\[(?!\d+\])([A-Za-z0-9][A-Za-z0-9._-]{0,63})\]")

Case = dict[str, Any]


def read(pattern: str) -> list[tuple[str, Case]]:
    """Return the cases of the files that *pattern* names, each with its file's name."""
    return [
        (file.name, json.loads(line))
        for file in sorted(DRAFTS.glob(pattern))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]


ALL = read("*.jsonl")
GIVEN = [case for name, case in ALL if name == "given.jsonl"]
OWN = [(name, case) for name, case in ALL if name != "given.jsonl"]
WRONG = [case for _, case in OWN if case["must"] == "not passed"]
HONEST = [case for _, case in OWN if case["must"] != "not passed"]


def test_each_case_has_an_id_of_its_own() -> None:
    """
    An id names one case, those that were handed over included.
    """
    doubled = {i: n for i, n in Counter(case["id"] for _, case in ALL).items() if n > 1}

    assert doubled == {}


def test_each_case_is_whole() -> None:
    """
    A case has a ticket, what the model was shown, and a draft in its three parts.
    """
    assert {case["id"]: lack for _, case in ALL if (lack := lacking(case))} == {}


def lacking(case: Case) -> list[str]:
    """Return what a whole case has and *case* has not."""
    texts = {
        **{f"ticket.{name}": case["ticket"].get(name) for name in ("raw_message", "customer_name")},
        **{
            f"passages.{n}.{name}": passage.get(name)
            for n, passage in enumerate(case["passages"])
            for name in ("doc_id", "title", "text")
        },
    }
    values = {
        "lang": case["lang"] in LANGUAGES,
        "style": case["style"] in STYLES,
        "must": case["must"] in MUST.values(),
        "kind": bool(case["kind"]),
        "answer": {*PARTS, "unanswered"} == case["answer"].keys(),
        "answer's parts": all(isinstance(case["answer"].get(part), str) for part in PARTS),
        "passages": bool(case["passages"]) or case["kind"] == WITHOUT_PASSAGES,
        "queries": bool(case["model_triage"]["queries"]),
    }
    return [
        *(name for name, text in texts.items() if not (text or "").strip()),
        *(name for name, right in values.items() if not right),
    ]


@pytest.mark.parametrize(
    ("change", "lack"),
    [
        ({}, []),
        ({"lang": "xx"}, ["lang"]),
        ({"passages": []}, ["passages"]),
        ({"ticket": {"raw_message": " ", "customer_name": "Jo"}}, ["ticket.raw_message"]),
        ({"answer": {"body": "Yes [K-1]."}}, ["answer", "answer's parts"]),
    ],
)
def test_what_a_case_lacks_is_seen(change: Case, lack: list[str]) -> None:
    """
    A case without passages, or with an empty message, is not whole.
    """
    assert lacking({**OWN[0][1], **change}) == lack


def test_a_case_lies_in_the_file_of_its_language_and_verdict() -> None:
    """
    `wrong.de.jsonl` has German tickets whose drafts must not pass, and nothing else.
    """
    misplaced = [
        case["id"]
        for name, case in OWN
        if [case["lang"], case["must"]] != [name.split(".")[1], MUST[name.split(".")[0]]]
    ]

    assert misplaced == []


def test_a_wrong_case_says_what_is_wrong() -> None:
    """
    A wrong draft names its fault, and has no other by accident: what it cites was shown.
    """
    invented = {case["id"] for case in WRONG if unknown(case) and case["kind"] not in MAY_INVENT}

    assert [case["id"] for case in WRONG if not case["what_is_wrong"]] == []
    assert invented == set()


def unknown(case: Case) -> set[str]:
    """Return the ids that the body of *case* cites and that its passages do not have."""
    shown = {passage["doc_id"] for passage in case["passages"]}

    return {one for one in CITATION.findall(case["answer"]["body"]) if one not in shown}


def test_an_honest_case_cites_what_was_shown() -> None:
    """
    An honest draft has no fault to name, cites, and cites only passages that the model had.
    """
    assert [case["id"] for case in HONEST if case["what_is_wrong"] or unknown(case)] == []
    assert [case["id"] for case in HONEST if not CITATION.search(case["answer"]["body"])] == []


def test_a_draft_made_of_lines_is_word_for_word() -> None:
    """
    Each sentence of it stands word for word in a passage of the article that it cites.
    """
    strange = [
        (case["id"], said)
        for case in HONEST
        if case["must"] == "passed"
        for said, source in sentences(case["answer"]["body"])
        if not any(said in p["text"] for p in case["passages"] if p["doc_id"] == source)
    ]

    assert strange == []


def sentences(body: str) -> list[tuple[str, str]]:
    """Return the sentences of *body*, each with the id that it is followed by."""
    parts = re.split(r" \[([^\]]+)\][.:]?\s*", body)

    assert parts[-1] == "", f"not cited: {parts[-1]}"
    return [
        (re.sub(r"^(\d+\.|-) ", "", said), source)
        for said, source in zip(parts[::2], parts[1::2], strict=False)
    ]


@pytest.mark.parametrize(
    ("body", "has"),
    [
        ("A b [K-1]. C d [K-1].", [("A b", "K-1"), ("C d", "K-1")]),
        ("1. A [K-1].\n2. B [K-2]", [("A", "K-1"), ("B", "K-2")]),
    ],
)
def test_sentences_are_told_apart_by_their_citations(body: str, has: list[Any]) -> None:
    """
    Numbers and dashes of a list are no words of a line.
    """
    assert sentences(body) == has


def test_a_sentence_without_citation_is_seen() -> None:
    """
    A draft made of lines has nothing after its last citation.
    """
    with pytest.raises(AssertionError, match="not cited: C d"):
        sentences("A b [K-1]. C d.")


def test_no_draft_is_there_twice() -> None:
    """
    Two cases differ in their ticket or their answer, and none repeats one that was handed over.
    """
    texts = Counter(
        (case["ticket"]["raw_message"], *(case["answer"][part] for part in sorted(PARTS)))
        for _, case in ALL
    )

    assert [text for text, n in texts.items() if n > 1] == []


def test_there_are_enough_wrong_drafts_of_each_language() -> None:
    """
    About half of the wrong drafts are to German, French and Spanish tickets, a sixth each.
    """
    languages = Counter(case["lang"] for case in WRONG)

    assert len(WRONG) >= WRONG_AT_LEAST
    assert len(WRONG) - languages["en"] >= len(WRONG) / 2.2
    assert all(languages[one] >= len(WRONG) / 7 for one in LANGUAGES - {"en"})


def test_there_are_enough_honest_drafts_of_each_language() -> None:
    """
    A dozen of each language at least, in a model's own words and made of lines.
    """
    must = Counter(case["must"] for case in HONEST)
    languages = Counter(case["lang"] for case in HONEST)

    assert all(must[verdict] >= least for verdict, least in HONEST_AT_LEAST.items())
    assert all(languages[one] >= 12 for one in LANGUAGES)


def test_each_language_has_most_kinds() -> None:
    """
    No language is measured on a few kinds of fault only.
    """
    kinds = {one: {case["kind"] for case in WRONG if case["lang"] == one} for one in LANGUAGES}

    assert {one: len(of) for one, of in kinds.items() if len(of) < KINDS_IN_EACH_LANGUAGE} == {}


def test_the_kinds_are_explained() -> None:
    """
    The page beside the drafts has each kind of fault, and none that no draft has.
    """
    page = (DRAFTS / "README.md").read_text(encoding="utf-8")
    rows = page.split("## The kinds of fault")[1].splitlines()
    explained = {row.split(" | ")[0].removeprefix("| ") for row in rows if row.startswith("| ")}

    assert explained - {"`kind`"} == {case["kind"] for case in WRONG}


def test_each_given_honest_draft_has_its_twin() -> None:
    """
    Beside each honest draft that was handed over stands one that is made of lines.
    """
    given = {case["id"] for case in GIVEN if case["must"] == "not failed"}
    twins = [case["twin_of"] for case in HONEST if "twin_of" in case]

    assert len(GIVEN) == 113
    assert sorted(twins) == sorted(given)
