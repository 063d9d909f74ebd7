"""
Every metric that a worker counts, once. The sidecar's are in `health/metrics.py`.

Those that both have are in `streams/common_metrics.py`.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from streams.common_metrics import BACKEND_REFUSES as BACKEND_REFUSES

HOUR = 3600

STAGE_IN = Counter(
    "ticketstream_stage_in_total", "Messages that a stage took from its topic.", ["stage"]
)
STAGE_OUT = Counter(
    "ticketstream_stage_out_total",
    "What became of them, confirmed by the broker: done, repeat, dead_letter, skipped, released.",
    ["stage", "outcome"],
)
STAGE_LOST = Counter(
    "ticketstream_stage_lost_total",
    "Messages that the topic's retention took before the stage had read them.",
    ["stage"],
)
STAGE_SECONDS = Histogram(
    "ticketstream_stage_seconds",
    "Seconds that a stage worked on a message, without waiting for its turn.",
    ["stage"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
)
STAGE_IN_FLIGHT = Gauge(
    "ticketstream_stage_in_flight", "Messages that a stage has taken and not finished.", ["stage"]
)
STAGE_SLOTS = Gauge(
    "ticketstream_stage_slots",
    "Messages that a stage can work on at the same time: TICKETSTREAM_CONCURRENCY.",
    ["stage"],
)
STAGE_SLOTS_BUSY = Gauge(
    "ticketstream_stage_slots_busy",
    "Slots in which a stage works on a message now. A slot whose message is held is not busy.",
    ["stage"],
)
STAGE_RETRIES = Counter(
    "ticketstream_stage_retries_total",
    "Times that a stage kept a message to try it again, by error class.",
    ["stage", "reason"],
)
STAGE_RETENTION = Gauge(
    "ticketstream_stage_retention_seconds",
    "Seconds that the topic of a stage keeps a message, as Kafka said at the worker's start.",
    ["stage"],
)
PUBLISH_RETRIES = Counter(
    "ticketstream_publish_retries_total",
    "Times that a stage tried again to publish because Kafka did not confirm.",
    ["stage"],
)
DEAD_LETTERS = Counter(
    "ticketstream_dead_letters_total", "Dead letters by stage and error class.", ["stage", "error"]
)
ARTICLES = Gauge("ticketstream_articles", "Articles in this process's knowledge base.")
ARTICLE_EVENTS = Counter(
    "ticketstream_article_events_total",
    "Messages read from kb-articles: indexed, unchanged, removed, rejected.",
    ["outcome"],
)
BACKEND_UP = Gauge(
    "ticketstream_backend_up",
    "1 while calls of a backend are made, 0 while it is left alone because it is down.",
    ["backend"],
)
BREAKER_STATE = Gauge(
    "ticketstream_breaker_state",
    "0 while calls of a backend are made, 1 while one call tries whether it is back, 2 while it is"
    " left alone because it is down.",
    ["backend"],
)
FALLBACKS = Counter(
    "ticketstream_fallbacks_total",
    "Tickets that a stage did with its embedded backend, because of: unavailable, bad_answer,"
    " budget, decoy.",
    ["stage", "reason"],
)
STAGE_HELD = Gauge(
    "ticketstream_stage_held",
    "Messages that a stage holds until it can work on them, by error class.",
    ["stage", "error"],
)
LLM_CALLS = Counter(
    "ticketstream_llm_calls_total",
    "Calls of the language model: answered, rejected, refused, rate_limited, unavailable.",
    ["stage", "model", "outcome"],
)
LLM_SECONDS = Histogram(
    "ticketstream_llm_seconds",
    "Seconds that a call of the language model took.",
    ["stage", "model"],
    buckets=(0.1, 0.25, 0.5, 1, 2, 3, 5, 7.5, 10, 15, 20, 30, 60),
)
LLM_TOKENS = Counter(
    "ticketstream_llm_tokens_total",
    "Tokens of the language model: in, out.",
    ["stage", "model", "direction"],
)
LLM_CACHED_TOKENS = Counter(
    "ticketstream_llm_cached_tokens_total",
    "Tokens in that the server had in its cache; they are among the tokens in.",
    ["stage", "model"],
)
LLM_COST = Counter(
    "ticketstream_llm_cost_dollars_total",
    "What the calls cost by TICKETSTREAM_OPENAI_PRICES.",
    ["stage", "model"],
)
POINTING_PASSED = Gauge(
    "ticketstream_pointing_passed",
    "1 if the language model passed the exam of pointing, 0 if it failed: then the embedded"
    " selection drafts. Not there before the exam, and where TICKETSTREAM_DRAFTS is not auto.",
    ["model"],
)
POINTING_SCORE = Gauge(
    "ticketstream_pointing_score_ratio",
    "Share of the exam's questions that the language model got right; 0 if it chose a decoy.",
    ["model"],
)
BUDGET_SPENT = Gauge(
    "ticketstream_budget_spent_dollars",
    "What all workers have spent today (UTC), as this one knows it; 0 without a limit.",
)
BUDGET_LIMIT = Gauge(
    "ticketstream_budget_limit_dollars",
    "What they may spend in a day: TICKETSTREAM_DAILY_DOLLARS; 0 without a limit.",
)
LOOPS_WAITING = Gauge(
    "ticketstream_loops_waiting",
    "Tickets that wait because more of their messages came than TICKETSTREAM_LOOP_MESSAGES allows.",
)
LOOPS_EARLY = Counter(
    "ticketstream_loops_early_total",
    "Messages of mail loops that went on before their time so that other tickets need not wait.",
)
GEN_AI_SECONDS = Histogram(
    "gen_ai_client_operation_duration_seconds",
    "The same seconds by OpenTelemetry's name; error_type is empty where the call was answered.",
    ["gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model", "error_type"],
    buckets=[0.01 * 2**n for n in range(14)],  # those that OpenTelemetry asks for
)
GEN_AI_TOKENS = Histogram(
    "gen_ai_client_token_usage",
    "Tokens of each call by OpenTelemetry's name: input, output.",
    [
        "gen_ai_operation_name",
        "gen_ai_provider_name",
        "gen_ai_request_model",
        "gen_ai_token_type",
    ],
    buckets=[4**n for n in range(14)],
)
TICKET_SECONDS = Histogram(
    "ticketstream_ticket_seconds",
    "Seconds from the ticket's record on incoming-tickets until its result was published.",
    ["priority"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 14_400, 86_400),
)
TICKET_SLA_LEFT = Histogram(
    "ticketstream_ticket_sla_left_seconds",
    "Seconds that were left of the ticket's sla_hours when its result was published; 0 if it was"
    " late.",
    ["priority"],
    buckets=[HOUR * h for h in (0, 0.5, 1, 2, 3, 4, 8, 16, 24, 48, 72, 168)],
)
TICKET_DRAFTS = Counter(
    "ticketstream_ticket_drafts_total",
    "Drafts written, by whether they cite an article: yes, no.",
    ["evidence"],
)
TICKET_VERDICTS = Counter(
    "ticketstream_ticket_verdicts_total",
    "Verdicts of the policy stage: passed, warning, failed.",
    ["compliance"],
)
TICKET_FINDINGS = Counter(
    "ticketstream_ticket_findings_total",
    "Tickets in which the policy stage found something: the id of a rule of the policy's file, or"
    " of one that always applies.",
    ["rule"],
)
