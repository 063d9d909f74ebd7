"""Values that the chart refuses, and what it says of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chart.objects import SMALL
from tests.support import chart
from tests.support.helm import refusal, rendered

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("helm")]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("settings.kafka_broker=a:1", "'kafka_broker' not allowed"),
        ("workers.replicas=2", "'workers' not allowed"),
        ("worker.replica=2", "'replica' not allowed"),
        ("worker.stages.draft.replicas=2", "'draft' not allowed"),
        ("worker.stages.drafting.deployment=each", "'deployment' not allowed"),
        ("worker.replicas=two", "got string, want integer"),
        ("settings.window=0", "/settings/window"),
        ("settings.concurrency=many", "/settings/concurrency"),
        ("settings.on_outage=wait", "'degrade', 'hold'"),
        ("settings.topic_prefix=a/b", "/settings/topic_prefix"),
        ("settings.weaviate_url=weaviate:8080", "/settings/weaviate_url"),
        ("settingsFrom.passages.secret=x", "'passages' not allowed"),
        ("settingsFrom.kafka_password.secret=x", "missing property 'key'"),
        ("image.digest=abc", "/image/digest"),
        ("image.pullPolicy=Sometimes", "'Always', 'IfNotPresent', 'Never'"),
        ("worker.autoscaling.minReplicas=0", "/worker/autoscaling/minReplicas"),
        ("worker.probes.liveness.path=/x", "'path' not allowed"),
        ("worker.deployment=both", "'together', 'each'"),
        ("fullnameOverride=Upper", "/fullnameOverride"),
    ],
)
def test_the_schema_refuses(value: str, said: str) -> None:
    """
    A misspelt key, a wrong type and a value out of bounds are named with their place.
    """
    assert said in refusal(*SMALL, "--set", value)


@pytest.mark.parametrize("name", chart.secrets())
def test_a_secret_among_the_settings(name: str) -> None:
    """
    A secret would stand in the Deployment for all to read: the chart says where it belongs.
    """
    said = refusal(*SMALL, "--set-string", f"settings.{name}=hush")

    assert f"settingsFrom.{name}: {{secret: NAME, key: KEY}}" in said
    assert "hush" not in said


DEFINABLE = {
    "taxonomy": ("taxonomy_file", "taxonomy.yaml"),
    "policy": ("policy_file", "policy.yaml"),
    "voice": ("voice_file", "voice.yaml"),
    "prompts.triage": ("triage_prompt_file", "triage_prompt.md"),
    "prompts.drafting": ("drafting_prompt_file", "drafting_prompt.md"),
}
"""Values that are texts of files, with the setting that names such a file, and its usual name."""

every_text = pytest.mark.parametrize("value", DEFINABLE)


@every_text
@pytest.mark.parametrize("at", ["", "worker.", "worker.stages.policy.", "check."])
def test_a_file_that_is_read_at_the_start_alone(value: str, at: str) -> None:
    """
    A change in somebody's ConfigMap would reach no worker: the chart wants the text, for then it
    replaces the workers. A path in the image is taken, unless the text is given as well.
    """
    setting, file = DEFINABLE[value]
    place = f"{at}settingsFrom.{setting}"
    given = (*SMALL, *EACH)

    said = refusal(*given, "--set", f"{place}.configMap=a", "--set", f"{place}.key=b")
    assert f"{place}: workers read this file at their start alone" in said
    assert f"--set-file {value}={file}" in said

    place = f"{at}settings.{setting}"
    assert f"--set-file {value}={file}" in refusal(*given, "--set", f"{place}=own/{file}")
    assert rendered(*given, "--set", f"{place}=/own/{file}")
    both = (*given, "--set", f"{place}=/own/{file}", "--set", f"{value}=text")
    assert f"{place}: the value {value} is given as well" in refusal(*both)


@every_text
@pytest.mark.parametrize("at", ["worker.", "worker.stages.policy.", "jobs."])
def test_a_text_that_a_variable_would_hide(value: str, at: str) -> None:
    """
    A variable of the container would win over the text, and nobody would see it.
    """
    variable = f"TICKETSTREAM_{DEFINABLE[value][0].upper()}"
    given = (*SMALL, *EACH, "--set", f"{at}extraEnv[0].name={variable}")

    assert rendered(*given)
    said = refusal(*given, "--set", f"{value}=text")
    assert f"{at}extraEnv: {variable}: the value {value} is given as well" in said


@every_text
@pytest.mark.parametrize("coding", ["latin-1", "utf-16"])
def test_a_text_that_is_not_utf8(value: str, coding: str, tmp_path: Path) -> None:
    """
    Helm would put U+FFFD for what it cannot read, and nobody would see it.
    """
    (tmp_path / "text").write_bytes("Antworte höflich.".encode(coding))

    said = refusal(*SMALL, "--set-file", f"{value}={tmp_path / 'text'}")
    assert f"{value}: the text has the character U+FFFD" in said


EACH = ("--set", "worker.deployment=each")
SCALED = ("--set", "worker.autoscaling.type=keda")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((), "settings.kafka_brokers: give the addresses of your brokers"),
        ((*SMALL, "--set", "settings.instance_id=x"), "settings.instance_id: the pods of"),
        ((*SMALL, "--set", "worker.settings.instance_id=x"), "worker.settings.instance_id"),
        ((*SMALL, "--set", "settings.worker_http_port=0"), "probes need a fixed port"),
        ((*SMALL, "--set", "settings.kafka_ca_file=x.pem"), "settingsFrom.kafka_ca_file"),
        ((*SMALL, "--set", "worker.replicas=13"), "13 workers are more than the 12 partitions"),
        ((*SMALL, "--set", "worker.stages.policy.replicas=1"), "only with worker.deployment=each"),
        (
            (
                *(
                    "--set",
                    "settingsFrom.kafka_brokers.secret=k",
                    "--set",
                    "networkPolicy.enabled=true",
                ),
                *("--set", "settingsFrom.kafka_brokers.key=k"),
            ),
            "networkPolicy.kafkaPorts: give the ports of your brokers",
        ),
        *(
            (
                (
                    *(*SMALL, "--set", "networkPolicy.enabled=true"),
                    *("--set", f"{at}settingsFrom.kafka_oauth_token_url.secret=k"),
                    *("--set", f"{at}settingsFrom.kafka_oauth_token_url.key=k"),
                ),
                "networkPolicy.kafkaOauthPort: give the port of the address, such as 443, which"
                f" the chart cannot see in {at}settingsFrom.kafka_oauth_token_url",
            )
            for at in ("", "worker.", "sidecar.", "topics.", "check.")
        ),
        *(
            (
                (*SMALL, *EACH, "--set", f"{at}settings.partitions=3"),
                f"{at}settings.partitions: set the value `partitions` instead",
            )
            for at in ("", "worker.", "worker.stages.policy.", "sidecar.", "topics.", "check.")
        ),
        *(
            (
                (*SMALL, *EACH, "--set", f"{at}extraEnv[0].name=TICKETSTREAM_{name}"),
                f"{at}extraEnv: TICKETSTREAM_{name}: {said}",
            )
            for at in ("worker.", "worker.stages.policy.", "sidecar.", "jobs.")
            for name, said in (
                ("INSTANCE_ID", "the pods of a Deployment come and go"),
                ("PARTITIONS", "set the value `partitions` instead"),
            )
        ),
        *(
            ((*SMALL, "--set", ports), "give it a port of its own, or leave it out")
            for ports in (
                "settings.sidecar_internal_http_port=8080",
                "sidecar.settings.sidecar_internal_http_port=8080",
                "settings.sidecar_http_port=9,sidecar.settings.sidecar_internal_http_port=9",
            )
        ),
        ((*SMALL, *SCALED, "--set", "partitions=6"), "maxReplicas 12 is more than the 6"),
        (
            (*SMALL, *SCALED, "--set", "worker.autoscaling.minReplicas=13"),
            "minReplicas 13 is more than maxReplicas 12",
        ),
        (
            (*SMALL, *SCALED, "--set", "worker.autoscaling.keda.lagThreshold=255"),
            "lagThreshold 255 must not be below the setting window, 256",
        ),
        (
            (*SMALL, *SCALED, "--set", "worker.autoscaling.scaleDownSeconds=30"),
            "scaleDownSeconds 30 must be above the setting session_seconds, 30",
        ),
    ],
)
def test_the_chart_refuses(values: tuple[str, ...], said: str) -> None:
    """
    What cannot work together is refused in a sentence that says how to mend it.
    """
    assert said in refusal(*values)


def test_more_partitions() -> None:
    """
    With more partitions more workers are of use.
    """
    assert rendered(*SMALL, "--set", "worker.replicas=13", "--set", "partitions=24")


def test_global_values() -> None:
    """
    A chart that has this one as a part may have global values of its own.
    """
    assert rendered(*SMALL, "--set", "global.whatever=1")
