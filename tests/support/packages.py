"""Debian's packages for tests: apt installs what is not there, if we may."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping

APT = ("apt-get", "-o", "DPkg::Lock::Timeout=300", "--quiet=2")


def install(packages: Mapping[str, str]) -> None:
    """
    Install those of *packages*, names by the program that each brings, whose program is missing.

    Ends the process with the way out if we may not.
    """
    missing = sorted({name for program, name in packages.items() if not shutil.which(program)})
    if not missing:
        return
    if not shutil.which("apt-get") or os.geteuid() != 0:
        sys.exit(f"install {' '.join(missing)}: this needs Debian's apt and root")
    print(f"installing {' '.join(missing)} ...", file=sys.stderr)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *missing]):
        subprocess.run([*APT, *command], env=quiet, check=True, stdout=sys.stderr)
