"""What is wrong in an operator's YAML file is named by line, column and field, all at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.definitions import phrases, policy_rules, signals, taxonomy, urgency, voice
from streams.definitions.operator_files import MOST_BYTES
from streams.definitions.policy_rules import load_policy
from streams.definitions.taxonomy import Taxonomy, load_taxonomy
from streams.definitions.yaml_files import Definition, load_yaml, shipped
from streams.errors import ConfigurationError

GOOD = taxonomy.DEFAULT.read_text(encoding="utf-8")
SECRET = "4111 1111 1111 1111"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return where an operator keeps a file."""
    return tmp_path / "mine.yaml"


def said(file: Path, content: str | bytes) -> str:
    """Return what is said of *content* as a taxonomy."""
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(ConfigurationError) as caught:
        load_taxonomy(file)
    return str(caught.value)


def changed(old: str, new: str) -> tuple[str, int]:
    """Return the default taxonomy with its first *old* replaced, and the line where that was."""
    assert old in GOOD
    return GOOD.replace(old, new, 1), GOOD[: GOOD.index(old)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("team: Finance", "taem: Finance", "categories.0.taem: no such field; did you mean team?"),
        ("team: Finance", "x: Finance", "categories.0.x: no such field; there are name, sub"),
        ("sla_hours: 4", "sla_hours: 999", "priorities.P1.sla_hours: Input should be less than"),
        ("sla_hours: 4", "sla_hours: four", "priorities.P1.sla_hours: Input should be a valid int"),
        ("P1: {", "P9: {", "priorities.P9: String should match"),
        ("team: Finance Team", "team: 007", "categories.0.team: is not text here: put it in quo"),
        ("team: Finance Team", "team: 2026-01-01", "team: is not text here: put it in quotes"),
        ("team: Finance Team", "team: 2026-13-45", "no value that exists: put it in quotes"),
        ("team: Finance Team", "team: {a: b, a: c}", "a: is already given in line"),
        ("team: Finance Team", "team: &x [*x]", "an alias (*): write out the value"),
        ("team: Finance Team", "team: !!python/object:os.x", "could not determine a constructor"),
        ("fallback: Other", "fallback: Otter", "fallback: is not the name of a category"),
        ("fallback: Other", "fallback: Other\n\tx: y", "a tab: indent by spaces"),
        ("fallback: Other", "---\nfallback: Other", "a second document begins (---): keep one"),
        ("fallback: Other", "fallback: Other\n1: x", "a key that is not text: put it in quotes"),
        ("fallback: Other", "fallback: Other\n[x]: x", "a key that is not text: put it in quotes"),
        ("fallback: Other", "fallback: Other\n<<: {a: b}", "a key that is not text"),
    ],
)
def test_a_mistake_has_a_line(file: Path, old: str, new: str, reason: str) -> None:
    """
    Whatever kind of mistake it is, its file, line and field are named.
    """
    content, line = changed(old, new)
    found = said(file, content)

    assert reason in found
    lines = {line, line + new.count("\n")}
    assert any(f"line {n}, column " in found for n in lines), found
    assert str(file) in found


def test_all_mistakes_at_once(file: Path) -> None:
    """
    A file's mistakes are all named, in the order of their lines, and none hides another.
    """
    content = "fallback: B\nversion: a\nversion: b\ncategories: []\nprioritys: {}\n"
    heading, *lines = said(file, content).splitlines()

    assert heading == f"{file}: 4 mistakes"
    assert [line.strip().split(" ", 4)[:4] for line in lines] == [
        ["line", "1,", "column", "1:"],
        ["line", "3,", "column", "1:"],
        ["line", "4,", "column", "1:"],
        ["line", "5,", "column", "1:"],
    ]
    assert "priorities: Field required" in lines[0]
    assert "did you mean priorities?" in lines[3]


def test_of_very_many_mistakes_the_rest_has_its_first_line(file: Path) -> None:
    """
    Fifty mistakes are shown; then it is said how many more there are, and from which line on.
    """
    before = GOOD.count("\n")
    _, *lines = said(file, GOOD + "".join(f"x{n}: y\n" for n in range(70))).splitlines()

    assert len(lines) == 51
    assert lines[-2].strip().startswith(f"line {before + 50}, ")
    assert lines[-1].strip() == f"and 20 more, from line {before + 51} on"


def test_two_parts_of_one_name(file: Path) -> None:
    """
    Of two categories, or two rules, with one name it is the second whose line is named.
    """
    content, line = changed("- name: Technical", "- name: Billing")
    assert f"line {line}, column 5: categories.1.name: two categories" in said(file, content)

    rule = "  - id: a\n    message: m\n    effects: [failed]\n    phrases: [x]\n"
    file.write_text(f"version: a\nrules:\n{rule}{rule}")
    with pytest.raises(ConfigurationError, match=r"line 7, column 5: rules\.1\.id: two rules"):
        load_policy(file)


def test_a_pattern_that_does_not_compile(file: Path) -> None:
    """
    Each pattern of a policy that is none has its line, and the reason of the regex engine.
    """
    rule = "  - id: a\n    message: m\n    effects: [failed]\n"
    file.write_text(
        f"version: a\nrules:\n{rule}    patterns:\n      - ok\n      - '('\n      - ')'\n"
    )
    with pytest.raises(ConfigurationError) as caught:
        load_policy(file)

    assert "line 8, column 9: rules.0.patterns.1: is not a pattern" in str(caught.value)
    assert "line 9, column 9: rules.0.patterns.2: is not a pattern" in str(caught.value)
    assert "unclosed group" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"# only a comment\n", "is empty"),
        (b"version: a\nteam: \xff\n", "line 2: is not UTF-8"),
        (GOOD.encode("utf-16"), "line 1: is not UTF-8"),
        (b"version: a\nx: \x00\n", "line 2: has a control character"),
        (b"[" * 100_000, "is nested too deeply"),
        (b"just words", "line 1, column 1: is not a group of fields"),
        (b"a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]", "line 2, column 8: an alias"),
        (b"x: " + b"9" * 5_000, "line 1, column 4: is no value"),
        (b"#" * (MOST_BYTES + 1), "is larger than"),
    ],
)
def test_what_is_hardly_yaml(file: Path, content: bytes, reason: str) -> None:
    """
    Whatever stands in a file, what is wrong with it is one sentence.
    """
    assert reason in said(file, content)


def test_a_list_whose_every_part_is_wrong_is_not_too_short(tmp_path: Path) -> None:
    """
    Only what somebody has to change is a mistake.
    """
    file = tmp_path / "taxonomy.yaml"
    file.write_text(taxonomy.DEFAULT.read_text().replace(" team:", " taem:"))

    with pytest.raises(ConfigurationError) as caught:
        load_taxonomy(file)

    assert "did you mean team?" in str(caught.value)
    assert "at least 1" not in str(caught.value)


def test_a_byte_order_mark_is_taken(file: Path) -> None:
    """
    What an editor on Windows writes is read.
    """
    file.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())

    assert load_taxonomy(file) == load_taxonomy()


def test_values_are_not_repeated(file: Path) -> None:
    """
    A mistake names fields, never what stands in them.
    """
    content = f"version: [{SECRET}]\nfallback: {{a: {SECRET}}}\npriorities: {SECRET}\n"

    assert SECRET not in said(file, content)


@given(content=st.one_of(st.text(), st.binary(), st.text("ab:-{}[]&*!|>\n\t '\"#?,%@`<1.~")))
def test_any_content(content: str | bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    """
    No content of a file is more than a fault of configuration that names the file.
    """
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_bytes(content.encode(errors="replace") if isinstance(content, str) else content)

    with pytest.raises(ConfigurationError, match=r"any\.yaml"):
        load_yaml(file, Taxonomy)


SHIPPED = (
    (phrases.DEFAULT, phrases.PhraseFile),
    (policy_rules.DEFAULT, policy_rules.Policy),
    (signals.DEFAULT, signals.SignalWordings),
    (taxonomy.DEFAULT, Taxonomy),
    (urgency.DEFAULT, urgency.Urgency),
    (voice.DEFAULT, voice.Voice),
)


@pytest.mark.parametrize(("path", "model"), SHIPPED)
def test_files_of_ours_are_as_good_as_an_operators(path: Path, model: type[Definition]) -> None:
    """
    What is read fast from a file of ours is what an operator's would give, and has no mistake.
    """
    assert shipped(path, model) == load_yaml(path, model)


def test_each_file_of_ours_is_read_strictly() -> None:
    """
    No file of ours is left out.
    """
    assert {path for path, _ in SHIPPED} == {*voice.DEFAULT.parent.glob("*.yaml")}
