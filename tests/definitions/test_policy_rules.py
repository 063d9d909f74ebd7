"""The operator's policy: its file, and to which sentences its rules apply."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.definitions.policy_rules import DEFAULT, Policy, Rule, load_policy
from streams.errors import ConfigurationError

POLICY = load_policy()


def _file(tmp_path: Path, rules: str = "[]", more: str = "") -> Path:
    path = tmp_path / "policy.yaml"
    path.write_text(f'version: "9"\n{more}\nrules: {rules}\n', encoding="utf-8")
    return path


def test_the_default_is_documented_and_whole() -> None:
    """
    The file to copy sets every setting that there is.
    """
    text = DEFAULT.read_text(encoding="utf-8")

    assert all(f"{field}:" in text for field in Policy.model_fields)
    assert {e for rule in POLICY.rules for e in rule.effects} == {
        "warning",
        "failed",
        "escalate",
        "refund_promise",
        "sla_mentioned",
    }


@pytest.mark.parametrize(
    ("rules", "more", "named"),
    [
        ("[{id: a, message: m, effects: [warning]}]", "", "rules.0.*phrase or a pattern"),
        ("[{id: a, message: m, effects: [], phrases: [x]}]", "", "rules.0.effects"),
        ("[{id: a, message: m, effects: [explode], phrases: [x]}]", "", "rules.0.effects.0"),
        ("[{id: a, message: m, effects: [failed], patterns: ['(']}]", "", "patterns.0.*unclosed"),
        ("[{id: a, message: m, effects: [failed], patterns: ['(?=a)']}]", "", "look-around"),
        ("[{id: a, message: m, effects: [failed], patterns: ['a{9999}{99}']}]", "", "too large"),
        ("[]", "min_confidence: 2", "min_confidence"),
        ("[]", "min_confidance: 0.2", "min_confidance"),
        ("[]", "escalate: {priorities: [P9]}", "escalate.priorities.0"),
        ("[", "", "line"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, rules: str, more: str, named: str) -> None:
    """
    A policy that is wrong stops the start, and says in which file and field.
    """
    path = _file(tmp_path, rules, more)

    with pytest.raises(ConfigurationError, match=named) as error:
        load_policy(path)
    assert str(path) in str(error.value)


def test_one_id_for_two_rules(tmp_path: Path) -> None:
    """
    Rules are told apart by their ids.
    """
    rule = "{id: a, message: m, effects: [warning], phrases: [x]}"

    with pytest.raises(ConfigurationError, match="one id"):
        load_policy(_file(tmp_path, f"[{rule}, {rule}]"))


def test_no_such_file(tmp_path: Path) -> None:
    """
    A file that is not there is a fault of configuration, not a crash.
    """
    with pytest.raises(ConfigurationError, match="nowhere"):
        load_policy(tmp_path / "nowhere.yaml")


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("SLA", "Our sla.", True),
        ("SLA", "It slaps.", False),
        ("c++ (beta)", "We use C++ (beta) here", True),
        ("退款", "我们会退款给您", True),
    ],
)
def test_phrases(phrase: str, text: str, found: bool) -> None:
    """
    A phrase is found as whole words, in any case, whatever characters it has.
    """
    rule = Rule(id="a", message="m", effects=("warning",), phrases=(phrase,))

    assert rule.applies([text]) is found


def test_no_pattern_can_stall() -> None:
    """
    A pattern that backtracks for ages elsewhere answers at once on a long text.
    """
    rule = Rule(id="a", message="m", effects=("warning",), patterns=(r"(a|aa)+(a+)+$",))

    assert not rule.applies(["a" * 20_000 + "!"])  # backtracking would not end in our lifetime
