"""
The sidecar: the pipeline as an HTTP call, and health probes. A process of its own.

    sidecar.py   starts and ends it all; the list of calls
    calls/       what callers ask for: process a ticket, its result, figures, health
    tickets/     what Kafka says of tickets, read from its topics
    http/        connections, keys, CORS, answers, the API's description, Swagger UI (page/)
    metrics.py   what is counted for Prometheus

It knows the schemas and Kafka, never a stage.
"""
