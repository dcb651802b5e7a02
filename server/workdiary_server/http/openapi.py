"""The OpenAPI 3.1 document, generated from the route table and the API's types.

``python -m workdiary_server.http.openapi`` prints it; docs/openapi.json is what it printed.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import msgspec
from workdiary import api

from workdiary_server.http.routes import JSON, ROUTES, Route

_REF = "#/components/schemas/{name}"
_ALWAYS = (401, 403, 422, 429, 503)
_PHRASES = {413: "Content Too Large", 422: "Unprocessable Content"}
"""RFC 9110's own; Pythons before 3.13 have older ones."""

_PARAMETERS: dict[str, dict[str, Any]] = {
    "contract": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
    "device": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
    "token": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
    "digest": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "rendition": {"type": "string", "enum": ["original", "preview", "thumbnail"]},
    "date": {"type": "string", "format": "date"},
    "month": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$"},
    "format": {"type": "string", "enum": list(api.TIMESHEET_FORMATS)},
    "start": {"type": "integer", "minimum": 0, "multipleOf": 600},
    "level": {"type": "string", "pattern": "^([0-9]|[1-5][0-9]|6[0-3]|entries)$"},
    "tile": {"type": "string", "pattern": r"^(x[0-9]{3}/)*[0-9]{3}(\.p/[1-9][0-9]{0,2})?$"},
    "prefix": {"type": "string", "pattern": "^[0-9]{6}$"},
    "blob": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
    "index": {"type": "integer", "minimum": 0},
    "size": {"type": "integer", "minimum": 0},
    "number": {"type": "integer", "minimum": 0},
}


def document() -> dict[str, Any]:
    """The whole document as JSON types."""
    named = [kind for route in ROUTES for kind in (route.takes, *_kinds(route.gives))]
    typed = [kind for kind in named if _is_type(kind)]
    kinds = list(dict.fromkeys([*typed, api.Problem, api.Event]))
    schemas, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    for component in components.values():
        # Pythons before 3.13 keep a docstring's indentation; the document must not tell.
        if "description" in component:
            component["description"] = inspect.cleandoc(component["description"])
    by_kind = dict(zip(kinds, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.full_path, {})[route.method.lower()] = _operation(route, by_kind)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "workdiary",
            "version": "1",
            "description": "Times are RFC 3339 in UTC, durations minutes, money integer minor "
            "units with an ISO 4217 code. A framed body is a sequence of pieces, each preceded by "
            "its length in 4 bytes, big-endian. Events carry an Event as JSON in their data.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def text() -> str:
    """The document as it is committed."""
    encoded = msgspec.json.encode(document(), order="sorted")
    return msgspec.json.format(encoded, indent=2).decode() + "\n"


def _operation(route: Route, by_kind: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": route.handler.__name__,
        "summary": route.summary,
        "responses": dict(_responses(route, by_kind)),
    }
    parameters = [*_path_parameters(route), *_query_parameters(route)]
    if parameters:
        found["parameters"] = parameters
    if route.takes is not None:
        found["requestBody"] = {"required": True, "content": _content(route.takes, by_kind)}
    if route.public:
        found["security"] = []
    return found


def _responses(
    route: Route, by_kind: dict[Any, dict[str, Any]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    always = () if route.public else _ALWAYS
    for status in sorted({*route.statuses, *always}):
        answer: dict[str, Any] = {"description": _PHRASES.get(status, HTTPStatus(status).phrase)}
        if status >= 400:
            answer["content"] = {api.PROBLEM: {"schema": by_kind[api.Problem]}}
        elif status in (200, 201) and route.gives is not None:
            answer["content"] = _content(route.gives, by_kind)
        yield str(status), answer


def _content(kind: Any, by_kind: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in _kinds(kind):
        found |= {JSON: {"schema": by_kind[one]}} if _is_type(one) else {one: {}}
    return found


def _kinds(kind: Any) -> tuple[Any, ...]:
    return kind if isinstance(kind, tuple) else (kind,)


def _path_parameters(route: Route) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"{(\w+)}", route.path):
        yield {"name": name, "in": "path", "required": True, "schema": _PARAMETERS[name]}


def _query_parameters(route: Route) -> Iterator[dict[str, Any]]:
    for name, description in route.query.items():
        schema = {"type": "string"}
        yield {"name": name, "in": "query", "description": description, "schema": schema}


def _is_type(kind: Any) -> bool:
    return kind is not None and not isinstance(kind, str)


if __name__ == "__main__":
    sys.stdout.write(text())
