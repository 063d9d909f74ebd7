"""The page /docs as a client gets it; `tests/system/test_page.py` looks at it with a browser."""

from __future__ import annotations

import json
from importlib import resources

import pytest
from yarl import URL

from health.http.docs_page import FILES
from tests.health.conftest import Client
from tests.support import swagger_ui

PAGE = resources.files("health").joinpath("page")
LOADED = [path.rpartition("/")[2] for path in FILES if path != "index.html"]


@pytest.mark.parametrize("packed", ["gzip, br", "identity"])
async def test_every_file_is_served(client: Client, packed: str) -> None:
    """
    The page and what it loads are the package's files, byte for byte, with their media types.
    """
    for path, media_type in FILES.items():
        name = "" if path == "index.html" else f"/{path.rpartition('/')[2]}"
        url = f"{client.url}/docs{name}"
        async with client.session.get(url, headers={"Accept-Encoding": packed}) as response:
            assert response.status == 200
            assert response.content_type == media_type
            assert ("Content-Encoding" in response.headers) == packed.startswith("gzip")
            assert await response.read() == PAGE.joinpath(path).read_bytes()


async def test_the_page_loads_what_is_served(client: Client) -> None:
    """
    Every file of the page is asked for by the page, by an address relative to its own.
    """
    page = (await client.get("/docs")).body

    assert all(f'"docs/{name}"' in page for name in LOADED)
    assert "//" not in page.replace("<!DOCTYPE html>", "")


async def test_the_browser_is_told_to_trust_nobody_else(client: Client) -> None:
    """
    No script but our files, no other host, no frame around it.
    """
    policy = dict(
        part.split(" ", 1)
        for part in (await client.get("/docs")).headers["Content-Security-Policy"].split("; ")
    )

    assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"


async def test_what_a_browser_has_is_not_sent_again(client: Client) -> None:
    """
    A browser may keep the files, and asks each time whether they are still the same.
    """
    url = "/docs/swagger-ui-bundle.js"
    first = await client.get(url)
    again = await client.get(url, headers={"If-None-Match": first.headers["ETag"]})
    other = await client.get(url, headers={"If-None-Match": '"other"'})

    assert first.headers["Cache-Control"] == "no-cache"
    assert [first.status, again.status, other.status] == [200, 304, 200]
    assert again.body == ""
    assert again.headers["ETag"] == first.headers["ETag"]


@pytest.mark.parametrize("name", ["", "index.html", "LICENSE", "..%2Fdocs.py", "%2Fetc%2Fpasswd"])
async def test_nothing_else_is_served(client: Client, name: str) -> None:
    """
    Another name is a 404, whatever files there are.
    """
    url = URL(f"{client.url}/docs/{name}", encoded=True)
    async with client.session.get(url) as response:
        assert response.status == 404


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", 302),
        ("*/*", 200),
        ("application/json", 200),
        ("", 200),
    ],
)
async def test_a_browser_at_the_root(client: Client, accept: str, status: int) -> None:
    """
    Who wants a page is sent to /docs; programs get the index.
    """
    answer = await client.get("/", headers={"Accept": accept}, allow_redirects=False)

    assert answer.status == status
    assert answer.headers.get("Location") == ("docs" if status == 302 else None)


def test_swagger_ui_is_the_version_that_we_say() -> None:
    """
    The files are those of npm's package that its checksum was compared of, and none is missing.
    """
    folder = swagger_ui.FOLDER
    lines = (folder / swagger_ui.SUMS).read_text().splitlines()
    sums = {name: found for found, name in (line.split("  ") for line in lines)}

    assert json.loads((folder / "package.json").read_text())["version"] == swagger_ui.VERSION
    assert sums == {name: swagger_ui.checksum(name) for name in swagger_ui.FILES}
    assert {file.name for file in folder.iterdir()} == {*swagger_ui.FILES, swagger_ui.SUMS}
