"""
Kafka's own commands (`kafka-consumer-groups` and others), as scripts in a folder for the path.

`python -m tests.support.kafka_tools` fetches their jar by Maven, once, into the cache.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.kafka import HERE, JAVA, jars, version
from tests.support.machine import cache

TOOLS = {
    "kafka-console-consumer": "org.apache.kafka.tools.consumer.ConsoleConsumer",
    "kafka-configs": "org.apache.kafka.tools.ConfigCommand",
    "kafka-consumer-groups": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
    "kafka-topics": "org.apache.kafka.tools.TopicCommand",
    "kafka-get-offsets": "org.apache.kafka.tools.GetOffsetShell",
}
"""The commands, and the class of each."""


def tools_jar() -> Path:
    """Return the jar of the commands, after fetching it by Maven if it is not there."""
    name = f"kafka-tools-{version()}.jar"
    if not (cache() / name).exists():
        print(f"fetching {name} to {cache()} ...", file=sys.stderr)
        with tempfile.TemporaryDirectory(dir=cache()) as fetched:
            artifact = f"-Dartifact=org.apache.kafka:kafka-tools:{version()}"
            command = ["mvn", "-q", "-B", "dependency:copy", artifact]
            subprocess.run(
                [*command, f"-DoutputDirectory={fetched}"], check=True, stdout=sys.stderr
            )
            Path(fetched, name).rename(cache() / name)
    return cache() / name


def put_tools(folder: Path) -> None:
    """Put a script for each command into *folder*."""
    for name, main in TOOLS.items():
        classes = f"{HERE / 'kafka_logging'}:{tools_jar()}:{jars()}/*"
        script = folder / name
        script.write_text(f'#!/bin/sh\nexec {" ".join(JAVA)} -cp "{classes}" {main} "$@"\n')
        script.chmod(0o755)


if __name__ == "__main__":
    tools_jar()
