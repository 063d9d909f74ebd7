"""
`make readme`: what README.md shows of the code, written into it.

Between `<!-- begin:NAME -->` and `<!-- end -->` stands what NAME says: a file of the
repository, or `settings`, the table of them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from streams.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
_SHOWN = re.compile(r"(<!-- begin:(\S+) -->\n).*?(<!-- end -->)", re.DOTALL)
_LANGUAGES = {".py": "python", ".js": "js", ".java": "java", ".xml": "xml", ".json": "json"}


def written(text: str) -> str:
    """Return *text* with what it shows as that is now."""
    return _SHOWN.sub(lambda found: found[1] + _content(found[2]) + found[3], text)


def _content(name: str) -> str:
    if name == "settings":
        return _settings()
    file = ROOT / name
    return f"```{_LANGUAGES[file.suffix]}\n{file.read_text().rstrip()}\n```\n"


def _settings() -> str:
    rows = [
        f"| `{PREFIX}{name.upper()}` | {_default(field)} | {_about(field)} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(("\n| setting | default | what it is |", "|---|---|---|", *rows)) + "\n\n"


def _default(field: FieldInfo) -> str:
    default = field.default
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    if default in (None, "", (), {}):
        return ""
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


def _about(field: FieldInfo) -> str:
    """Return the description, and the values that there are where they are few."""
    about = (field.description or "").replace("|", "\\|")
    if get_origin(field.annotation) is Literal:
        values = ", ".join(f"`{value}`" for value in get_args(field.annotation))
        return f"{about} ({values})"
    return about


if __name__ == "__main__":
    README.write_text(written(README.read_text()))
