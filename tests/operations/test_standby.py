"""MirrorMaker's configuration agrees with what the code calls topics and groups."""

from __future__ import annotations

import re

from schemas.topics import ALL, READS
from streams.backends.kafka import names
from streams.settings import Settings
from tests.support.documents import ROOT

FILE = ROOT / "deploy" / "mirrormaker" / "standby.properties"


def properties() -> dict[str, str]:
    """Return what the file sets; no name stands twice."""
    lines = [line for line in FILE.read_text().splitlines() if line and not line.startswith("#")]
    told = {name.strip(): value.strip() for name, _, value in (x.partition("=") for x in lines)}
    assert len(told) == len(lines)
    return told


def test_every_topic_is_mirrored() -> None:
    """
    All topics of the product, and no other; under their own names.
    """
    told = properties()

    assert told["active->passive.topics"].split(", ") == [topic.name for topic in ALL]
    assert told["replication.policy.class"].endswith(".IdentityReplicationPolicy")


def test_the_groups_of_the_stages_are_synced() -> None:
    """
    The offsets of each stage are, those of the indexer are not, and only one way.
    """
    told = properties()
    synced = re.compile(told["active->passive.groups"])

    assert all(synced.fullmatch(names.group(Settings(), stage)) for stage in READS)
    assert not synced.fullmatch(names.indexer_group(Settings()))
    assert told["sync.group.offsets.enabled"] == told["emit.checkpoints.enabled"] == "true"
    assert told["active->passive.enabled"] == "true"
    assert told["passive->active.enabled"] == "false"


def test_both_clusters_have_brokers() -> None:
    """
    Each cluster that is named has an address, and MirrorMaker's own topics three replicas.
    """
    told = properties()

    assert all(told[f"{name}.bootstrap.servers"] for name in told["clusters"].split(", "))
    factors = {name: value for name, value in told.items() if name.endswith("replication.factor")}
    assert set(factors.values()) == {"3"}
