"""
`make schemas`: the models as JSON Schema 2020-12, one file an event and HTTP body, in `json/`.

They are for those who publish or read in other languages. `asyncapi.yaml` points at those of
the events, and the header `ce_dataschema` of a message is the `$id` of its file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from schemas import http
from schemas.ticket import TicketInput
from schemas.topics import ALL, DEAD_LETTERS, PROCESSED

FOLDER = Path(__file__).parent / "json"
BODIES: tuple[type[BaseModel], ...] = (
    TicketInput,
    http.ProcessResponse,
    http.TicketAccepted,
    http.HTTPValidationError,
    http.Problem,
    http.HealthStatus,
    http.TicketMetrics,
)
"""Bodies that the sidecar takes and answers with."""


def documents() -> dict[str, dict[str, Any]]:
    """Return each exported schema by the name of its file."""
    events = {
        "ProcessedTicket" if topic is PROCESSED else topic.carries.__name__: (
            topic.carries,
            topic.dataschema,
        )
        for topic in ALL
        if topic is not DEAD_LETTERS  # whatever came, as it came
    }
    bodies = {body.__name__: (body, f"urn:ticketstream:schema:{body.__name__}") for body in BODIES}
    return {
        f"{name}.json": _document(name, model, identifier)
        for name, (model, identifier) in (events | bodies).items()
    }


def text(document: dict[str, Any]) -> str:
    """Return *document* as it is written to its file."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def write_schemas(folder: Path = FOLDER) -> None:
    """Write every schema into *folder*, and take away what is no schema of ours any more."""
    folder.mkdir(exist_ok=True)
    made = documents()
    for old in folder.glob("*.json"):
        if old.name not in made:
            old.unlink()
    for name, document in made.items():
        (folder / name).write_text(text(document), encoding="utf-8")


def _document(name: str, model: type[BaseModel], identifier: str) -> dict[str, Any]:
    # Validation mode, also of what the product writes: in serialization mode pydantic would
    # require the fields that have a default, and an older version's events may lack them.
    schema = model.model_json_schema(mode="validation")
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        "$id": identifier,
        **schema,
        "title": name,
    }


if __name__ == "__main__":
    write_schemas()
