"""The parts of Faust and aiokafka that we reach into are still what they were."""

from __future__ import annotations

import inspect
import ssl
from importlib.metadata import version

import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.consumer.subscription_state import SubscriptionState
from faust.app.base import App
from faust.transport.consumer import Consumer
from faust.transport.drivers import aiokafka as driver
from mode.threads import QueueServiceThread

from streams.faust_driver import app


@pytest.mark.parametrize(
    ("package", "known"),
    [("faust-streaming", "0.15.3"), ("mode-streaming", "0.7.1"), ("aiokafka", "0.14.0")],
)
def test_versions_are_the_ones_that_were_read(package: str, known: str) -> None:
    """
    A new version is read and measured before anybody relies on it.
    """
    assert version(package) == known


@pytest.mark.parametrize(
    ("owner", "method", "parameters"),
    [
        (driver.AIOKafkaConsumerThread, "_create_consumer", ["self", "loop"]),
        (driver.AIOKafkaConsumerThread, "_commit", ["self", "offsets"]),
        (driver.AIOKafkaConsumerThread, "_ensure_consumer", ["self"]),
        (driver.AIOKafkaConsumerThread, "on_start", ["self"]),
        (GroupCoordinator, "fetch_committed_offsets", ["self", "partitions"]),
        (GroupCoordinator, "reset_generation", ["self"]),
        (GroupCoordinator, "_do_rejoin_group", ["self", "subscription"]),
        (GroupCoordinator, "_send_req", ["self", "request"]),
        (GroupCoordinator, "_on_join_prepare", ["self", "previous_assignment"]),
        (
            GroupCoordinator,
            "_on_join_complete",
            ["self", "generation", "member_id", "protocol", "member_assignment_bytes"],
        ),
        (GroupCoordinator, "_push_error_to_user", ["self", "exc"]),
        (GroupCoordinator, "_start_heartbeat_task", ["self"]),
        (GroupCoordinator, "request_rejoin", ["self"]),
        (AIOKafkaClient, "send", ["self", "node_id", "request", "group"]),
        (SubscriptionState, "begin_reassignment", ["self"]),
        (GroupCoordinator, "_get_metadata_snapshot", ["self"]),
        (driver.Consumer, "_new_consumer_thread", ["self"]),
        (driver.Consumer, "_commit", ["self", "offsets"]),
        (driver.Consumer, "close", ["self"]),
        (QueueServiceThread, "call_thread", ["self", "fun", "args", "kwargs"]),
        (driver.AIOKafkaConsumerThread, "on_thread_stop", ["self"]),
        (Consumer, "force_commit", ["self", "topics", "start_new_transaction"]),
        (Consumer, "wait_first", ["self", "coros", "timeout"]),
        (Consumer, "wait_empty", ["self"]),
        (Consumer, "on_partitions_revoked", ["self", "revoked"]),
        (Consumer, "on_partitions_assigned", ["self", "assigned", "generation_id"]),
        (driver.Consumer, "verify_event_path", ["self", "now", "tp"]),
        (App, "_new_transport", ["self"]),
        (App, "_create_directories", ["self"]),
    ],
)
def test_what_we_override_is_there(owner: type, method: str, parameters: list[str]) -> None:
    """
    An override that overrides nothing any more would be silent, and lose tickets.
    """
    assert list(inspect.signature(getattr(owner, method)).parameters) == parameters


def test_credentials_are_in_fausts_form() -> None:
    """
    Plain text has none; without the context SASL would go in plain text, so it is handed on.
    """
    context = ssl.create_default_context()
    sasl = {
        "sasl_mechanism": "PLAIN",
        "sasl_plain_username": "u",
        "sasl_plain_password": "p",
        "ssl_context": context,
    }

    assert app.credentials({}) is None
    ssl_only, found = app.credentials({"ssl_context": context}), app.credentials(sasl)
    assert ssl_only
    assert ssl_only.context is context
    assert found
    assert (found.username, found.password, found.ssl_context) == ("u", "p", context)
