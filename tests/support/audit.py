"""
What is locked, looked at for those who answer for it: `python -m tests.support.audit`.

    licences          of all that requirements.lock has, held against ALLOWED
    bill              CycloneDX, of what the image is made of: build/sbom.json
    vulnerabilities   of all that is locked, by pip-audit, from the OSV database

The exit code is 0 if all is well, 1 if something was found, and 3 if the database did not answer:
then nothing is known of vulnerabilities, and the audit does not pass. `--offline` leaves them out.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from tests.support.documents import ROOT

WELL, FOUND, AWAY = 0, 1, 3
LOCK = ROOT / "requirements.lock"
RUNTIME_LOCK = ROOT / "deploy" / "runtime.lock"
BILL = ROOT / "build" / "sbom.json"
DATABASE = "https://api.osv.dev/v1/query"
"""OSV's database; AUDIT_OSV_URL in the environment names a mirror of it."""

ALLOWED = {
    "0BSD",
    "3-Clause BSD License",
    "Apache",
    "Apache Software License",
    "Apache-2.0",
    "BSD 3-clause",
    "BSD License",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "ISC",
    "ISC License (ISCL)",
    "MIT",
    "MIT License",
    "MIT-0",
    "MPL-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)",
    "PSF-2.0",
    "Python Software Foundation License",
    "Repoze Public License",  # BSD with a clause on names
    "The Unlicense (Unlicense)",
    "Zlib",
}
"""Licences under which a library may be used and given on beside ours, as libraries name them."""
EXCEPTIONS = {
    "python-stdnum": "GNU Lesser General Public License v2 or later (LGPLv2+)",
}
"""Libraries under another one: weak copyleft, and they are used unchanged and can be replaced."""
NO_LICENCE = "DFSG approved"
"""A classifier that stands beside licences and is none."""


def locked(lock: Path) -> list[str]:
    """Return the names of what *lock* has."""
    return re.findall(r"^([\w.-]+)==", lock.read_text(), re.MULTILINE)


def forbidden_licences(lock: Path = LOCK) -> Iterator[str]:
    """Yield what is wrong with the licence of each distribution in *lock*."""
    told = _licences()
    for name in locked(lock):
        licence = told.get(canonicalize_name(name))
        if licence is None:
            yield f"{name}: it is not installed here, so nothing is known of its licence"
        elif not _is_allowed(licence) and EXCEPTIONS.get(name) != licence:
            yield f"{name}: its licence is {licence!r}, which is not in ALLOWED"


def _licences() -> dict[str, str]:
    """Return the licence of each distribution that is installed, as it says itself."""
    done = subprocess.run(
        [sys.executable, "-m", "piplicenses", "--from=mixed", "--with-system", "--format=json"],
        check=True,
        capture_output=True,
        text=True,
    )
    rows: list[dict[str, str]] = json.loads(done.stdout)
    return {canonicalize_name(r["Name"]): r["License"].split("\n")[0].strip() for r in rows}


def _is_allowed(licence: str) -> bool:
    """Say whether one of the choices that *licence* gives has only allowed parts."""
    choices = [re.split(r" AND |; ", choice) for choice in licence.split(" OR ")]
    return any({p for p in parts if p != NO_LICENCE} <= ALLOWED for parts in choices)


def bill_of_materials(lock: Path = RUNTIME_LOCK) -> str:
    """Return what *lock* has, with hashes, as CycloneDX. The same lock gives the same text."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "cyclonedx_py", "requirements", str(lock)),
            *("--pyproject", str(ROOT / "pyproject.toml")),
            *("--output-reproducible", "--no-validate"),  # a test validates it
        ],
        check=True,
        capture_output=True,
        text=True,
        env={name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"},
    )
    return done.stdout


class DatabaseAway(Exception):
    """The database did not answer for all that was asked."""


def vulnerabilities(lock: Path = LOCK, database: str = DATABASE) -> list[str]:
    """
    Return the known vulnerabilities of what is in *lock*.

    Raises:
        DatabaseAway: It is not known of each whether it has some.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pip_audit", "--requirement", str(lock)),
                *("--require-hashes", "--disable-pip", "--progress-spinner", "off"),
                *("--vulnerability-service", "osv", "--osv-url", database, "--timeout", "10"),
                *("--format", "json", "--output", str(report), "--cache-dir", folder),
            ],
            check=False,
            capture_output=True,
            text=True,
        )
        if not report.exists():
            last = (done.stderr.strip().splitlines() or ["no reason was given"])[-1]
            raise DatabaseAway(last)
        looked_at: list[dict[str, Any]] = json.loads(report.read_text())["dependencies"]
    known = {canonicalize_name(one["name"]) for one in looked_at if "vulns" in one}
    if missing := sorted({canonicalize_name(name) for name in locked(lock)} - known):
        raise DatabaseAway(f"nothing was said of {', '.join(missing)}")
    return [
        f"{one['name']} {one['version']}: {vulnerability['id']}, mended in"
        f" {', '.join(vulnerability['fix_versions']) or 'no version'}"
        for one in looked_at
        for vulnerability in one["vulns"]
    ]


def audit(
    *,
    offline: bool,
    lock: Path = LOCK,
    runtime_lock: Path = RUNTIME_LOCK,
    bill: Path = BILL,
    database: str = DATABASE,
) -> int:
    """Look at everything, say what is found, and return the exit code."""
    wrong = list(forbidden_licences(lock))
    for one in wrong:
        print(f"licence: {one}")
    bill.parent.mkdir(exist_ok=True)
    bill.write_text(bill_of_materials(runtime_lock))
    print(f"licences: {len(locked(lock))} looked at, {len(wrong)} not allowed")
    print(f"bill of materials: {bill}, {len(locked(runtime_lock))} libraries")
    if offline:
        print("vulnerabilities: NOT looked at (--offline)")
        return FOUND if wrong else WELL
    try:
        found = vulnerabilities(lock, database)
    except DatabaseAway as error:
        print(f"vulnerabilities: NOT known, {database} did not answer: {error}", file=sys.stderr)
        return FOUND if wrong else AWAY
    for one in found:
        print(f"vulnerability: {one}")
    print(f"vulnerabilities: {len(locked(lock))} looked at, {len(found)} found")
    return FOUND if wrong or found else WELL


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the audit by *arguments*."""
    parser = argparse.ArgumentParser(prog="make audit", description=__doc__)
    parser.add_argument("--offline", action="store_true", help="leave vulnerabilities out")
    given = parser.parse_args(arguments)
    return audit(offline=given.offline, database=os.environ.get("AUDIT_OSV_URL", DATABASE))


if __name__ == "__main__":
    sys.exit(main())
