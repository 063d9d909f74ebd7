"""Spans of the sidecar's calls."""

from __future__ import annotations

from schemas.envelope import header
from tests.health.conftest import Client, a_ticket
from tests.support.echo_pipeline import EchoPipeline
from tests.support.recorded_spans import CALLER, SPAN_ID, TRACE_ID, recorded

ROUTE = "/api/v1/tickets/process"


async def test_a_call(client: Client, pipeline: EchoPipeline) -> None:
    """
    A call is a span of the caller's trace, and the ticket that it sends is part of it.
    """
    ticket = a_ticket()
    with recorded() as spans:
        await client.process(ticket, headers={"traceparent": CALLER, "tracestate": "v=1"})

    served, sent = spans
    assert (served.name, served.kind, served.trace_id, served.parent_id) == (
        f"POST {ROUTE}",
        "server",
        TRACE_ID,
        SPAN_ID,
    )
    assert served.attributes == {
        "http.request.method": "POST",
        "http.route": ROUTE,
        "http.response.status_code": 200,
        "url.scheme": "http",
    }
    assert (sent.kind, sent.parent_id) == ("producer", served.span_id)
    found = pipeline.headers[ticket["ticket_id"]]
    assert header(found, "traceparent") == f"00-{TRACE_ID}-{sent.span_id}-01"
    assert header(found, "tracestate") == "v=1"


async def test_a_caller_without_a_trace(client: Client, pipeline: EchoPipeline) -> None:
    """
    The call begins one.
    """
    ticket = a_ticket()
    with recorded() as spans:
        await client.process(ticket)

    assert spans[0].parent_id == ""
    made = header(pipeline.headers[ticket["ticket_id"]], "traceparent") or ""
    assert made.split("-")[1:3] == [spans[0].trace_id, spans[1].span_id]


async def test_a_ticket_that_is_at_fault(client: Client, pipeline: EchoPipeline) -> None:
    """
    A caller's mistake is no failure of the sidecar; a dead letter is one.
    """
    with recorded() as spans:
        await client.process({"ticket_id": "secret"})
        await client.process(a_ticket(metadata={"echo": "dead-letter"}))

    calls = [span for span in spans if span.kind == "server"]
    assert [span.attributes["http.response.status_code"] for span in calls] == [422, 500]
    assert [span.failed for span in calls] == [False, True]
    assert "secret" not in str(spans)


async def test_the_name_of_a_call_is_its_route(client: Client, pipeline: EchoPipeline) -> None:
    """
    Ids in a path stay out of spans. Probes and metrics have none.
    """
    with recorded() as spans:
        await client.call("GET", "/api/v1/tickets/T-secret/result")
        await client.call("GET", "/health/live")
        await client.call("GET", "/metrics")

    assert [span.name for span in spans] == ["GET /api/v1/tickets/{ticket_id}/result"]
    assert "T-secret" not in str(spans)
