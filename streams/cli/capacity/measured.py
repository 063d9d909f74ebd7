"""
What a ticket and a passage cost, measured by `python -m bench.load.capacity`.

On an Apache Kafka 4.4 and a Weaviate 1.35.2, with the sample tickets and articles and a language
model on loopback, on a virtual machine with two cores of an AMD EPYC that did much else meanwhile:
CPU under loads of 5 and 12, the rest of 20 to 35.
"""

from __future__ import annotations

CPU_MS = {"triage": 7.0, "retrieval": 5.5, "drafting": 6.0, "policy": 4.5}
"""
CPU milliseconds of a ticket in each stage, Kafka and the model's client included.

At 24 tickets/s. An idle process takes some 4 % of a core, which counts more where less comes.
"""
FOLLOWING_MS = 2.0
"""CPU milliseconds of a ticket in each sidecar, which reads incoming tickets and results."""
TICKET_BYTES = 700
"""Of a sample ticket, as JSON, its text and what else is told of it."""
STORED = {
    "incoming-tickets": (700, 0.7),
    "triaged-tickets": (1_550, 0.7),
    "grounded-tickets": (3_200, 0.7),
    "drafted-tickets": (3_400, 0.7),
    "ticket-processed": (2_400, 0.05),
}
"""Bytes of a ticket on a broker's disk, and how many more for each byte that it is longer."""
VECTOR_COPIES = 2.0
"""Memory of a vector in Weaviate, in sizes of the vector: Go's collector keeps room to move in."""
PASSAGE_BYTES = 1_000
"""Memory of a passage in Weaviate beside its vector: the graph of neighbours, and ids."""
EMBEDDED_BYTES = 5_000
"""Memory of a passage in each worker that keeps the knowledge base itself."""
WEAVIATE_BYTES = 120_000_000
"""Memory of an empty Weaviate."""
