"""
Every metric that the sidecar counts, once. The workers' are in `streams/metrics.py`.

Those that both have are in `streams/common_metrics.py`.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from streams.common_metrics import BACKEND_REFUSES as BACKEND_REFUSES

REQUESTS = Counter(
    "ticketstream_http_requests_total",
    "HTTP requests answered, by the template of their route.",
    ["route", "method", "status"],
)
REQUEST_SECONDS = Histogram(
    "ticketstream_http_request_seconds",
    "Seconds until the answer, waiting for the pipeline included.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
)
CUT = Counter(
    "ticketstream_http_connections_cut_total",
    "Connections that were ended or refused: handshake (TLS did not begin), slow_headers,"
    " long_headers, unread, crowded, refused.",
    ["reason"],
)
API_KEYS_FILE_BROKEN = Gauge(
    "ticketstream_api_keys_file_broken",
    "1 while the file of API keys is missing, cannot be read, has a broken line or no key, else 0.",
)
WAITING = Gauge("ticketstream_process_waiting", "Process calls that wait for their result.")
PUBLISHED = Counter(
    "ticketstream_process_published_total",
    "Tickets that process calls put on incoming-tickets: confirmed, failed.",
    ["outcome"],
)
SEEN = Counter(
    "ticketstream_results_seen_total",
    "What came out and came by: processed, repeated, dead_letter, unreadable; what lay there"
    " before the start is read_back.",
    ["outcome"],
)
FOLLOWING = Gauge(
    "ticketstream_follower_up", "1 while Kafka answers and its results are followed, else 0."
)
LAG = Gauge("ticketstream_follower_lag", "Messages on the followed topics that are not read yet.")
LAST_SEEN = Gauge(
    "ticketstream_follower_last_seen_timestamp_seconds", "When a message was last read; Unix time."
)
