"""
The sidecar: the pipeline as an HTTP call, and health probes. A process of its own.

    sidecar.py     starts and ends it all; the list of calls
    web.py         what every answer has in common: request id, errors as JSON, limits
    connections.py how many callers may be connected, and how long one may keep us waiting
    keys.py        who may call: API keys
    cors.py        which pages may call
    process.py     POST /api/v1/tickets/process: a request becomes a message, an outcome an answer
    request.py     reads such a request
    preferences.py how long a caller wants to wait: Prefer
    exchange.py    request-reply over Kafka: publish once, wait for what becomes of it
    result.py      GET /api/v1/tickets/{ticket_id}/result: the latest of a ticket
    follower.py    reads incoming-tickets, ticket-processed, ticket-dead-letters: some hours back
    outcomes.py    what a message there says of its ticket
    tickets.py     the newest message of each ticket, and what became of it, remembered
    tally.py       what came out since the start, counted
    cluster.py     what is asked of the broker: partitions, members of groups
    probes.py      GET /health, /health/ready, /health/live
    openapi.py     GET /openapi.json and /
    docs.py        GET /docs, Swagger UI from our own files (page/)
    metrics.py     what is counted for Prometheus

It knows the schemas and Kafka, never a stage.
"""
