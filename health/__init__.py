"""
The sidecar: the pipeline as an HTTP call, and health probes. A process of its own.

    sidecar.py    starts and ends it all; the list of calls
    web.py        what every answer has in common: request id, errors as JSON, limits
    process.py    POST /api/v1/tickets/process: a request becomes a message, an outcome an answer
    exchange.py   request-reply over Kafka: publish once, wait for what becomes of it
    follower.py   reads ticket-processed and ticket-dead-letters, from now on
    outcomes.py   what comes by there, remembered and counted
    cluster.py    what is asked of the broker: partitions, members of groups
    closing.py    closing Kafka's clients
    probes.py     GET /health, /health/ready, /health/live
    openapi.py    GET /openapi.json and /
    docs.py       GET /docs, Swagger UI from our own files (page/)
    metrics.py    what is counted for Prometheus

It knows the schemas and Kafka, never a stage.
"""
