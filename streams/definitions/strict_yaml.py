"""
YAML in the form that means one thing.

A key that comes twice is a mistake: most parsers silently take the last value. So is an alias:
a few of them can stand for gigabytes.
"""

from __future__ import annotations

import yaml


class DisallowedYaml(yaml.MarkedYAMLError):
    """A text has something that YAML knows and we do not take; `problem` and `problem_mark`."""

    def __init__(self, problem: str, mark: yaml.Mark) -> None:
        super().__init__(problem=problem, problem_mark=mark)


class Strict(yaml.parser.Parser, yaml.composer.Composer):
    """
    Goes before a YAML loader's class, for one that takes what means one thing.

    Refused are aliases, a few of which can stand for gigabytes, and keys that come twice: of
    two values the last would win without a word.
    """

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Return the next node, or raise Refused."""
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # no stub has it
            raise DisallowedYaml("an alias (*): write out the value", mark)
        node = super().compose_node(parent, index)
        if isinstance(node, yaml.MappingNode):
            seen: dict[str, yaml.ScalarNode] = {}
            for key, _ in node.value:
                if isinstance(key, yaml.ScalarNode) and is_text(key):
                    if key.value in seen:
                        self.repeated(key, seen[key.value])
                    seen.setdefault(key.value, key)
        return node

    def repeated(self, key: yaml.ScalarNode, first: yaml.ScalarNode) -> None:
        """Refuse *key*, which is the same as *first* before it."""
        raise DisallowedYaml(f"{key.value} twice", key.start_mark)


def is_text(node: yaml.ScalarNode) -> bool:
    """Return whether the loader takes *node* for text."""
    return node.tag.endswith(":str")
