"""The page /docs in a real browser, with all of the product behind it."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from schemas import TicketInput
from schemas.http import ProcessResponse
from streams.settings import Settings
from tests.support.browser import chromium
from tests.support.certificates import Authority
from tests.support.machine import needs_real_servers
from tests.support.process import said, ticketstream
from tests.system.conftest import Served

pytestmark = pytest.mark.real
expect.set_options(timeout=60_000)  # a busy machine is slow, and no test is about time

DESKTOP, PHONE = (1280, 900), (390, 844)
CALLS = """controls => controls.map(control =>
  [".opblock-summary-method", ".opblock-summary-path"]
    .map(part => control.querySelector(part).textContent.replaceAll("\u200b", ""))
    .join(" "))"""
"""In the browser: the calls of a section, as "GET /path"."""
EXAMPLE = TicketInput.model_json_schema()["examples"][0]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a running browser, with `make test-real`."""
    needs_real_servers()
    with chromium() as running:
        yield running


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def page(request: pytest.FixtureRequest, browser: Browser, served: Served) -> Iterator[Page]:
    """
    Return the page as it is when somebody opens the sidecar's address.

    In the end nothing may have been asked of another host, or complained of by the browser.
    """
    width, height = request.param
    page = browser.new_page(viewport={"width": width, "height": height})
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        page.goto(served.url)
        expect(page.get_by_role("heading", name="ticketstream")).to_be_visible()
        yield page
    finally:
        page.close()
    assert urlsplit(page.url).path == "/docs"
    assert {urlsplit(url).netloc for url in asked} == {urlsplit(served.url).netloc}
    assert not complaints


def test_it_shows_every_call(page: Page, served: Served) -> None:
    """
    All calls are there, under health, tickets and root in this order, and schemas open.
    """
    document = served.get("/openapi.json")
    calls = [
        (tag["name"], method.upper(), path)
        for tag in document["tags"]
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if tag["name"] in operation["tags"]
    ]
    tags = list(dict.fromkeys(tag for tag, _, _ in calls))
    assert tags == ["health", "tickets", "root"]

    blocks = page.locator(".opblock")
    expect(blocks).to_have_count(len(calls))
    sections = page.locator(".opblock-tag-section")
    shown = [
        (section.locator("h3").inner_text(), *call.split(" "))
        for section in sections.all()
        for call in section.locator(".opblock-summary-control").evaluate_all(CALLS)
    ]
    assert shown == calls

    result = page.locator("section.models article").filter(
        has=page.get_by_role("button", name="ProcessResponse", exact=True)
    )
    result.get_by_role("button", name="Expand all").first.click()
    expect(result.get_by_text("suggested_team").first).to_be_visible()
    assert fits(page)


def test_try_it_out(page: Page) -> None:
    """
    By the keyboard alone, the contract's example is sent and comes back as a processed ticket.
    """
    call = page.locator(".opblock-post").filter(has_text="/api/v1/tickets/process")
    press(call.get_by_role("button", name=re.compile("^post")))
    press(call.get_by_role("button", name="Try it out"))
    sent = TicketInput.model_validate_json(call.locator("textarea").input_value())
    press(call.get_by_role("button", name="Execute"))

    answer = call.locator(".live-responses-table .response")
    expect(answer.locator(".response-col_status")).to_contain_text("200")
    body = answer.locator(".highlight-code code").first.inner_text()
    processed = ProcessResponse.model_validate_json(body)
    assert sent.model_dump(exclude_unset=True) == EXAMPLE
    assert processed.ticket_id == processed.result.ticket_id == EXAMPLE["ticket_id"]
    assert "KB-1001" in {citation.doc_id for citation in processed.result.citations}
    assert fits(page)


def test_by_tls_on_a_port_of_its_own(browser: Browser, tmp_path: Path) -> None:
    """
    The page works there, and calls the API of its own origin; the browser complains of nothing.
    """
    certificate, key = Authority(tmp_path).sign("sidecar")
    settings = Settings(
        kafka_brokers="127.0.0.1:1",
        sidecar_http_port=0,
        sidecar_internal_http_port=0,
        sidecar_certificate_file=certificate,
        sidecar_key_file=key,
        log_format="json",
    )
    complaints: list[str] = []
    page = browser.new_page(ignore_https_errors=True)
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    with ticketstream("sidecar", settings=settings, stderr=subprocess.PIPE) as sidecar:
        url = said(sidecar, "internal_url", "listening")
        page.goto(url)
        call = page.locator(".opblock-get").filter(has_text="/health/live")
        press(call.get_by_role("button", name=re.compile("^get")))
        press(call.get_by_role("button", name="Try it out"))
        press(call.get_by_role("button", name="Execute"))
        answer = call.locator(".live-responses-table .response")
        expect(answer.locator(".response-col_status")).to_contain_text("200")
        expect(call.locator(".request-url")).to_contain_text(f"{url}/health/live")
        page.screenshot(path=tmp_path / "page.png")
        page.close()
        sidecar.send_signal(signal.SIGTERM)
        sidecar.communicate(timeout=40)

    assert urlsplit(url).scheme == "https"
    assert complaints == []


def press(button: Locator) -> None:
    """Press Enter on *button*, as somebody without a mouse would."""
    button.focus()
    button.press("Enter")


def fits(page: Page) -> bool:
    """Say whether nothing sticks out at the right."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
