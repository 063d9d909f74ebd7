"""
A Kafka broker inside this process: librdkafka's in-process cluster, on loopback.

It speaks the real wire protocol to any client, also of other processes, and leaves nothing
on disk. It keeps about 5 MB a partition in memory and drops the oldest beyond that without a
word, so it is for trying out and for tests. It is driven through its C interface
(`rdkafka_mock.h`), which confluent-kafka's extension module carries: only there can topics be
made with the partitions that they should have, and the 3 s be taken away by which every
consumer group's first join is delayed otherwise. Any later change of a group's members takes
the group's session timeout less a second; nothing shortens that here.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from confluent_kafka import cimpl

from schemas import topics
from streams.backends.kafka import names
from streams.errors import ConfigurationError
from streams.settings import Settings

MAX_PARTITIONS = 4
"""A topic here has no more: each costs memory, and one process reads them all."""
_PRODUCER = 0
_BROKER = 1


class EmbeddedBroker:
    """
    A running broker with the product's topics, at least until the `with` block ends.

        with EmbeddedBroker(settings) as broker:
            settings.model_copy(update={"kafka_brokers": broker.brokers})
    """

    def __init__(self, settings: Settings, wanted: Sequence[names.AnyTopic] = topics.ALL) -> None:
        self.brokers = ""
        self._topics = {names.topic(settings, t): t.partitions for t in wanted}

    def __enter__(self) -> Self:
        """
        Start it; `brokers` is then its address, `127.0.0.1:port`.

        Raises:
            ConfigurationError: The installed confluent-kafka carries no such cluster.
        """
        self._library = _library()
        self._client = _client(self._library)
        self._cluster = self._library.rd_kafka_mock_cluster_new(self._client, 1)
        if not self._cluster:
            self._library.rd_kafka_destroy(self._client)
            raise ConfigurationError("the embedded Kafka cannot open a port on 127.0.0.1")
        self._library.rd_kafka_mock_group_initial_rebalance_delay_ms(self._cluster, 0)
        found: bytes = self._library.rd_kafka_mock_cluster_bootstraps(self._cluster)
        self.brokers = found.decode()
        for name, partitions in self._topics.items():
            self.create_topic(name, min(MAX_PARTITIONS, partitions))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """
        Do nothing: it lives on until the process ends.

        librdkafka 2.16 aborts the process now and then, by an assertion of its own, when it closes
        the connections of groups' members. No issue of librdkafka is known.
        """

    def create_topic(self, name: str, partitions: int) -> None:
        """Create the topic *name*; one that exists stays as it is."""
        self._library.rd_kafka_mock_topic_create(self._cluster, name.encode(), partitions, 1)

    def pause(self) -> None:
        """Cut every connection and accept none, as if the broker were away. Data stays."""
        self._library.rd_kafka_mock_broker_set_down(self._cluster, _BROKER)

    def resume(self) -> None:
        """Be reachable again after `pause`."""
        self._library.rd_kafka_mock_broker_set_up(self._cluster, _BROKER)


_Pointer, _Int, _Text = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p
_SIGNATURES: dict[str, tuple[Any, list[Any]]] = {
    "rd_kafka_conf_new": (_Pointer, []),
    "rd_kafka_conf_set": (_Int, [_Pointer, _Text, _Text, _Text, ctypes.c_size_t]),
    "rd_kafka_new": (_Pointer, [_Int, _Pointer, _Text, ctypes.c_size_t]),
    "rd_kafka_destroy": (None, [_Pointer]),
    "rd_kafka_mock_cluster_new": (_Pointer, [_Pointer, _Int]),
    "rd_kafka_mock_cluster_bootstraps": (_Text, [_Pointer]),
    "rd_kafka_mock_topic_create": (_Int, [_Pointer, _Text, _Int, _Int]),
    "rd_kafka_mock_group_initial_rebalance_delay_ms": (None, [_Pointer, ctypes.c_int32]),
    "rd_kafka_mock_broker_set_down": (_Int, [_Pointer, ctypes.c_int32]),
    "rd_kafka_mock_broker_set_up": (_Int, [_Pointer, ctypes.c_int32]),
}
"""The functions of `rdkafka.h` and `rdkafka_mock.h` that we call: result, then arguments."""


def _library() -> ctypes.CDLL:
    # Looking a symbol up in an extension module finds those of the libraries that it loads.
    library = ctypes.CDLL(cimpl.__file__)
    try:
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    except AttributeError:
        raise ConfigurationError(
            "the installed confluent-kafka has no embedded cluster: install its wheel, or set"
            " TICKETSTREAM_KAFKA_BROKERS to a Kafka of yours"
        ) from None
    return library


def _client(library: ctypes.CDLL) -> Any:
    """Return the librdkafka client that the cluster lives in. It logs nothing."""
    error = ctypes.create_string_buffer(512)
    conf = library.rd_kafka_conf_new()
    library.rd_kafka_conf_set(conf, b"log_level", b"0", error, len(error))
    client = library.rd_kafka_new(_PRODUCER, conf, error, len(error))
    if not client:
        raise ConfigurationError("the embedded Kafka cannot start: out of threads or memory")
    return client
