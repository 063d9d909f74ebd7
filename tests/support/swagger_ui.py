"""
Swagger UI's files as npm's swagger-ui-dist has them: which version, and how they got here.

`python -m tests.support.swagger_ui` fetches the package, holds it against npm's checksum, and
writes what the page needs to health/page/swagger-ui, with a list of checksums beside it. To
have another version, change the two constants; `npm view swagger-ui-dist@VERSION
dist.integrity` says the second.
"""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
import urllib.request
from pathlib import Path

VERSION = "5.35.0"
INTEGRITY = "sha512-" + (
    "U06rpMtW9V3XPGOBeamTUSr0Z09jMX4IJuANpE/EZbAhw0G8CgwrzU4YmXkn/h0wCDNsXdGarTNNHC3sU8yVUQ=="
)
FILES = (
    "LICENSE",
    "NOTICE",
    "favicon-32x32.png",
    "package.json",
    "swagger-ui-bundle.js",
    "swagger-ui-bundle.js.LICENSE.txt",
    "swagger-ui.css",
)
FOLDER = Path(__file__).parents[2] / "health" / "page" / "swagger-ui"
SUMS = "SHA256SUMS"
"""Of all FILES, in the form that `sha256sum --check` reads."""


def fetch() -> None:
    """Write FILES and SUMS to FOLDER. Raises ValueError if npm's package is not the known one."""
    url = f"https://registry.npmjs.org/swagger-ui-dist/-/swagger-ui-dist-{VERSION}.tgz"
    with urllib.request.urlopen(url, timeout=60) as answer:
        package = answer.read()
    found = base64.b64encode(hashlib.sha512(package).digest()).decode()
    if f"sha512-{found}" != INTEGRITY:
        raise ValueError(f"{url} has the checksum sha512-{found}")
    FOLDER.mkdir(exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(package)) as archive:
        for name in FILES:
            member = archive.extractfile(f"package/{name}")
            assert member
            (FOLDER / name).write_bytes(member.read())
    (FOLDER / SUMS).write_text("".join(f"{checksum(name)}  {name}\n" for name in FILES))


def checksum(name: str) -> str:
    """Return the SHA-256 of one of FILES as it lies in FOLDER, in hex."""
    return hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()


if __name__ == "__main__":
    fetch()
