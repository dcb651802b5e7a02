"""The OpenAPI document: generated from what is served, committed, and valid."""

from __future__ import annotations

import json
from pathlib import Path

from openapi_spec_validator import OpenAPIV31SpecValidator
from serverkit import running_server
from workdiary_server.http.openapi import document, text
from workdiary_server.http.routes import ROUTES

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.json"


def test_the_committed_document_is_the_generated_one() -> None:
    assert COMMITTED.read_text() == text(), "run python -m workdiary_server.http.openapi"


def test_the_document_is_valid_openapi() -> None:
    OpenAPIV31SpecValidator(json.loads(text())).validate()


async def test_every_route_that_is_served_is_documented(tmp_path: Path) -> None:
    paths = document()["paths"]
    async with running_server(tmp_path) as server:
        served = {
            (route.method, route.resource.canonical)
            for route in server.app.router.routes()
            if route.resource is not None and route.method != "HEAD"
        }
    assert served == {
        (method.upper(), path) for path, operations in paths.items() for method in operations
    }
    assert len(served) == len(ROUTES)
