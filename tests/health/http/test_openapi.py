"""The document: its structure, and the contract's names and required fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # has no types

from health.http import openapi
from health.sidecar import Sidecar
from streams.settings import Settings
from tests.health.conftest import Client

DOCUMENT = openapi.document()
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]


def _operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


@pytest.mark.parametrize(
    ("name", "required", "optional"),
    [
        ("AnswerDraft", "greeting body closing", "tone"),
        ("CitationOutput", "doc_id chunk_id title score url", ""),
        ("HTTPValidationError", "detail", ""),
        ("HealthStatus", "status environment services", ""),
        ("PolicyCheck", "refund_promise sla_mentioned escalation_needed compliance", "issues"),
        ("ProcessResponse", "success ticket_id result", ""),
        ("TicketInput", "ticket_id raw_message customer_name customer_email", "subject"),
        ("TicketOutput", "ticket_id triage answer_draft citations policy_check", "timestamp"),
        (
            "TriageOutput",
            "category subcategory priority sla_hours suggested_team sentiment confidence",
            "",
        ),
        ("ValidationError", "loc msg type", ""),
    ],
)
def test_the_contract(name: str, required: str, optional: str) -> None:
    """
    Every schema of the contract has its name, and requires exactly what it always did.
    """
    schema = SCHEMAS[name]

    assert set(schema["required"]) == set(required.split())
    assert set((required + " " + optional).split()) <= schema["properties"].keys()


@pytest.mark.parametrize(
    ("schema", "field", "said"),
    [
        ("TicketInput", "raw_message", {"minLength": 10}),
        ("TicketInput", "customer_name", {"minLength": 1}),
        ("TicketInput", "customer_email", {"format": "email"}),
        ("TriageOutput", "priority", {"pattern": "^P[1-3]$"}),
        ("TriageOutput", "sla_hours", {"minimum": 1, "maximum": 168}),
        ("TriageOutput", "confidence", {"minimum": 0, "maximum": 1}),
        ("CitationOutput", "score", {"minimum": 0, "maximum": 1}),
        ("PolicyCheck", "compliance", {"pattern": "^(passed|failed|warning)$"}),
        ("AnswerDraft", "tone", {"default": "empathetic_professional"}),
    ],
)
def test_the_contracts_limits(schema: str, field: str, said: dict[str, Any]) -> None:
    """
    The limits of the contract's fields are what they always were.
    """
    assert said.items() <= SCHEMAS[schema]["properties"][field].items()


def test_every_schema_is_json_schema() -> None:
    """
    The schemas are valid JSON Schema 2020-12, which OpenAPI 3.1 builds on.
    """
    for schema in SCHEMAS.values():
        Draft202012Validator.check_schema(schema)


def test_every_example_fits_its_schema() -> None:
    """
    What the document shows as an example would be taken.
    """
    shown = 0
    for schema in SCHEMAS.values():
        whole = {**schema, "components": DOCUMENT["components"]}
        for example in schema.get("examples", ()):
            Draft202012Validator(whole).validate(example)
            shown += 1
    for _, _, operation in _operations():
        for response in operation["responses"].values():
            for shape in response["content"].values():
                if "example" in shape:
                    whole = {**shape["schema"], "components": DOCUMENT["components"]}
                    Draft202012Validator(whole).validate(shape["example"])
                    shown += 1
    assert shown >= 5


def test_every_reference_leads_somewhere() -> None:
    """
    Each `$ref` names a schema of the document, and each schema is reached.
    """
    names = set(re.findall(r"'\$ref': '#/components/schemas/(\w+)'", str(DOCUMENT)))

    assert names == set(SCHEMAS)


def test_the_structure() -> None:
    """
    The document has what OpenAPI 3.1 demands.
    """
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert DOCUMENT["info"]["title"]
    assert DOCUMENT["info"]["version"]
    ids = [operation["operationId"] for _, _, operation in _operations()]
    assert len(set(ids)) == len(ids)
    tags = {tag["name"] for tag in DOCUMENT["tags"]}
    for _, path, operation in _operations():
        assert path.startswith("/")
        assert set(operation["tags"]) <= tags
        assert operation["responses"]
        for status, response in operation["responses"].items():
            assert re.fullmatch("[1-5][0-9][0-9]", status)
            assert response["description"]
            assert response["content"]
            assert "x-request-id" in response["headers"]
        for parameter in operation.get("parameters", ()):
            assert parameter["in"] in ("header", "path", "query")
            assert parameter["schema"]
        in_path = [p["name"] for p in operation.get("parameters", ()) if p.get("required")]
        assert in_path == re.findall("{(.*?)}", path)
        for way in operation.get("security", ()):
            assert way.keys() <= DOCUMENT["components"]["securitySchemes"].keys()


async def test_the_document_names_every_call(quick: Settings) -> None:
    """
    What is served and what is documented are the same, but for the files that /docs loads.
    """
    async with Sidecar(quick) as sidecar:
        served = {
            (route.method.lower(), route.resource.canonical)
            for route in sidecar.routes()
            if route.method != "HEAD" and route.resource
        }

    assert served - {("get", "/docs/{name}")} == {
        (method, path) for method, path, _ in _operations()
    }


async def test_it_is_served(client: Client) -> None:
    """
    `/openapi.json` is the document, `/` names every call in short.
    """
    assert (await client.get("/openapi.json")).body == DOCUMENT
    index = (await client.get("/")).body
    assert len(index["calls"]) == len(list(_operations()))
