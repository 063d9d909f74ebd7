"""An operator's prompt is refused unless all that its stage fills in has a place there."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.definitions.prompt_files import MOST_CHARACTERS, load_prompt
from streams.errors import ConfigurationError
from streams.prompts import PLACES, Prompt, prompt_of

GOOD = "version: ours-1\n\nChoose among\n$kinds\n$priorities\nelse ${fallback}. It costs $$5.\n"
SECRET = "kangaroo"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return where an operator keeps a prompt."""
    return tmp_path / "mine.md"


def said(file: Path, text: str, stage: str = "triage") -> str:
    """Return what is said of *text* as a prompt of *stage*."""
    file.write_bytes(text.encode())
    with pytest.raises(ConfigurationError) as caught:
        load_prompt(stage, file)
    return str(caught.value)


@pytest.mark.parametrize("stage", PLACES)
def test_the_included_ones(stage: str, file: Path) -> None:
    """
    They are used where there is no other, and a copy of one is as good.
    """
    file.write_bytes((Path("streams") / f"{stage}_prompt.md").read_bytes())

    assert load_prompt(stage) == prompt_of(stage) == load_prompt(stage, file)


def test_one_of_the_operators(file: Path) -> None:
    """
    It is read with its version; what an editor on Windows writes is read, too.
    """
    expected = Prompt("ours-1", GOOD.partition("\n")[2].strip())
    file.write_text(GOOD)
    assert load_prompt("triage", file) == expected
    file.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load_prompt("triage", file) == expected


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("$kinds", "them", "line 6, column 32: $kinds is missing: write it where the model"),
        ("${fallback}", "$$fallback", "line 6, column 31: $fallback is missing"),
        ("$kinds", "$kinds $knds", "line 4, column 8: is no place that is filled; did you mean $k"),
        ("$kinds", "$kinds ${Kinds}", "line 4, column 8: is no place that is filled; did you mean"),
        (
            "$kinds",
            "$kinds $x",
            "no place that is filled (there is $fallback, $kinds, $priorities)",
        ),
        ("$$5", "$5", "line 6, column 28: a lone $: write $$ for a dollar sign"),
        ("else", "else $", "line 6, column 6: a lone $: write $$ for a dollar sign"),
        (
            "version: ours-1\n",
            "",
            "line 1, column 1: must be `version: NAME`, such as version: tri",
        ),
        ("ours-1", "", "line 1, column 1: must be `version: NAME`"),
        ("ours-1", "x" * 101, "line 1, column 1: must be `version: NAME`"),
        (
            "ours-1",
            "a\x1b[2J",
            "line 1, column 11: the version has a character that is not printed",
        ),
        ("ours-1", "\u200b", "line 1, column 10: the version has a character that is not printed"),
        ("ours-1", "a\u202eb", "line 1, column 11: the version has a character that is not"),
        ("ours-1", "\t a\u200d", "line 1, column 13: the version has a character that is not"),
        ("ours-1", "a\tb", "line 1, column 11: the version has a character that is not printed"),
        ("ours-1", "a\u2028", "line 1, column 11: the version has a character that is not printed"),
        ("else", "e\x00se", "line 6, column 2: has a control character"),
        ("else", "e\x1b[31m", "line 6, column 2: has a control character"),
        ("else", "e\x85", "line 6, column 2: has a control character"),
        ("else", "e\rf", "line 6, column 2: has a control character"),
        ("ours-1", prompt_of("triage").version, "line 1, column 1: the included prompt has this"),
    ],
)
def test_what_is_wrong(file: Path, old: str, new: str, reason: str) -> None:
    """
    File, line and column are named, with what to do.
    """
    assert old in GOOD
    found = said(file, GOOD.replace(old, new, 1))

    assert found.startswith(f"{file}")
    assert reason in found


def test_all_mistakes_at_once(file: Path) -> None:
    """
    In the order of the file, each in a line.
    """
    lines = said(file, "Choose.\n$5\n").splitlines()

    assert lines[0] == f"{file}: 5 mistakes"
    assert [line.split(",")[0].strip() for line in lines[1:]] == ["line 1", *["line 2"] * 4]


def test_what_may_stand_in_it(file: Path) -> None:
    """
    Tabs, and letters and signs of all scripts, with what joins or turns them.
    """
    told = "\tКатегория 🧑\u200d💻 \u200fמה\u00a0מי\u200cشود"
    file.write_text(f"version:\tмоя версия 2 é\t\n{told}\n$kinds $priorities $fallback\n")

    prompt = load_prompt("triage", file)

    assert prompt.version == "моя версия 2 é"
    assert prompt.text.startswith(told.strip())


def test_the_longest(file: Path) -> None:
    """
    A prompt of more than 100,000 characters is refused, since it is sent with every call.
    """
    head = "version: a\n"
    file.write_text(head + "é" * (MOST_CHARACTERS - len(head)))
    assert load_prompt("drafting", file).version == "a"

    found = said(file, head + "é" * (MOST_CHARACTERS - len(head) + 1), "drafting")
    assert found == (f"{file}: is longer than 100,000 characters: every call of the model sends it")


def test_many_mistakes_take_no_time(file: Path) -> None:
    """
    A file that is no prompt at all is refused at once, with some of its mistakes.
    """
    lines = said(file, "version: a\n" + "\x00\n" * 49_000, "drafting").splitlines()

    assert lines[0] == f"{file}: 49000 mistakes"
    assert lines[-1].strip() == "and 48950 more, from line 52 on"


def test_an_empty_file(file: Path) -> None:
    """
    A prompt that says nothing is none, also where nothing is filled in.
    """
    assert "must be `version: NAME`" in said(file, "", "drafting")
    assert "write below it what the model is told" in said(file, "version: ours-1\n\n", "drafting")


def test_nothing_is_filled_into_drafting(file: Path) -> None:
    """
    A place of another stage is refused in drafting.
    """
    assert "is no place that is filled (there is none)" in said(file, GOOD, "drafting")


def test_a_mistake_does_not_repeat_the_prompt(file: Path) -> None:
    """
    A prompt is a secret of some: neither its text nor a wrong name comes into an error.
    """
    assert SECRET not in said(file, f"{SECRET}: {SECRET}\n${SECRET} $ {SECRET}\n")
