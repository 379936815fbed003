"""The OpenAPI 3.1 description, made from the catalogue alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import core_schema

from procession import __version__
from procession.docstrings import attribute_docs
from procession.operations.catalogue import SCOPES, Operation
from procession.operations.reading import adapter
from procession.operations.values import Download
from procession.rest.problems import STATUS, TITLES

PROBLEM: Mapping[str, Any] = {
    "type": "object",
    "description": "A refusal (RFC 9457). Nothing has changed.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "enum": list(STATUS), "description": "Stable; the same at every door."},
        "detail": {"type": "string", "description": "A sentence: what is wrong."},
        "hint": {"type": "string", "description": "What would be right."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "field", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer to the value in the request."},
                    "field": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                    "hint": {"type": "string"},
                },
            },
        },
        "details": {"type": "object", "description": "Further facts, by name."},
    },
}

KEY_HEADER: Mapping[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
    "description": "Any text of your own. The same request sent again with the same key is done once and gets the "
    "first answer; another request with it is refused as a conflict.",
}

ABOUT = """\
Runs an organisation's workflows, shows the processes they live in, and says what to fix first.

Every refusal is an `application/problem+json` with a stable `code`. Lists are paged: hand `next` in as `after`."""

REFUSALS = ("400", "401", "403", "404", "409", "413", "415", "422", "429", "503")


class _Schema(GenerateJsonSchema):
    """Adds the attribute docstrings, and decimals as plain numbers."""

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:
        """Decimals go out as numbers with all their digits; inwards both numbers and decimal text are taken."""
        if self.mode == "serialization":
            return {"type": "number"}
        return super().decimal_schema(schema)

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> JsonSchemaValue:
        json_schema = super().dataclass_schema(schema)
        docs = attribute_docs(schema["cls"])
        properties = cast("dict[str, dict[str, Any]]", json_schema.get("properties", {}))
        for name, part in properties.items():
            part.pop("title", None)
            if name in docs and "description" not in part:
                part["description"] = docs[name]
        return json_schema


def describe(operations: Iterable[Operation], *, prefix: str = "/api/v1") -> dict[str, Any]:
    """The description of these operations."""
    listed = list(operations)
    inputs: list[tuple[Any, JsonSchemaMode, TypeAdapter[Any]]] = []
    for one in listed:
        inputs.append((("ask", one.name), "validation", adapter(one.ask)))
        if one.answer is not Download:  # its bytes are the answer
            inputs.append((("answer", one.name), "serialization", adapter(one.answer)))
    schemas, definitions = TypeAdapter.json_schemas(
        inputs, ref_template="#/components/schemas/{model}", schema_generator=_Schema
    )
    components = cast("dict[str, Any]", definitions.get("$defs", {}))
    paths: dict[str, dict[str, Any]] = {}
    for one in listed:
        ask = schemas[("ask", one.name), "validation"]
        answer = schemas.get((("answer", one.name), "serialization"), {})
        paths.setdefault(one.path, {})[one.method.lower()] = _describe(one, _resolve(ask, components), answer)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Procession",
            "version": __version__,
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": prefix}],
        "tags": [{"name": tag} for tag in dict.fromkeys(_tag(one) for one in listed)],
        "security": [{"token": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": {**_without_unused_asks(components, schemas), "Problem": PROBLEM},
            "responses": {"Problem": _problem_response("Refused; nothing has changed.")},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API token or a session. Scopes: "
                    + " ".join(f"`{name}` {sentence}" for name, sentence in SCOPES.items()),
                },
                "session": {"type": "apiKey", "in": "cookie", "name": "procession_session"},
            },
        },
    }


def _tag(one: Operation) -> str:
    return one.name.partition(".")[0]


def _describe(one: Operation, ask: Mapping[str, Any], answer: JsonSchemaValue) -> dict[str, Any]:
    properties = cast("Mapping[str, Any]", ask.get("properties", {}))
    needed = set(cast("Iterable[str]", ask.get("required", ())))
    parameters: list[Any] = [_path_parameter(one, name, properties[name]) for name in one.in_path]
    outside = [name for name in properties if name not in one.in_path]
    described: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "description": f"{one.documentation}\n\nScope: `{one.scope}`.",
        "tags": [_tag(one)],
        "parameters": parameters,
        "responses": _responses(one, answer),
    }
    if one.who == "anyone":
        described["security"] = []
    if one.raw and not one.safe:
        outside.remove("content")
        described["requestBody"] = {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    if one.safe or one.raw:
        parameters.extend(
            {"name": name, "in": "query", "required": name in needed, "schema": _not_null(properties[name]),
             "description": properties[name].get("description", "")}
            for name in outside
        )  # fmt: skip
    if not one.safe:
        parameters.append(KEY_HEADER)
    if not (one.safe or one.raw):
        body = {
            "type": "object",
            "additionalProperties": False,
            "properties": {name: properties[name] for name in outside},
            "required": [name for name in outside if name in needed],
        }
        described["requestBody"] = {
            "required": bool(body["required"]),
            "content": {"application/json": {"schema": body}},
        }
    return described


def _not_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """In an address there is no null: a parameter is there or left out."""
    options = [part for part in schema.get("anyOf", ()) if part.get("type") != "null"]
    rest = {name: value for name, value in schema.items() if name not in ("anyOf", "default", "description")}
    if len(options) == 1:
        return {**options[0], **rest}
    return {**rest, "anyOf": options} if options else rest


def _path_parameter(one: Operation, name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    bare = {key: value for key, value in schema.items() if key != "description"}
    if bare.get("type") == "string":
        bare.setdefault("minLength", 1)
    return {"name": name, "in": "path", "required": True, "schema": bare,
            "description": schema.get("description", "")}  # fmt: skip


def _responses(one: Operation, answer: JsonSchemaValue) -> dict[str, Any]:
    content: dict[str, Any] = {"application/json": {"schema": answer}}
    if one.raw and one.safe:
        content = {"*/*": {}}
    responses: dict[str, Any] = {"200": {"description": "Done.", "content": content}}
    for status in REFUSALS:
        kinds = [kind for kind, code in STATUS.items() if str(code) == status]
        responses[status] = _problem_response(" · ".join(f"`{kind}` {TITLES[kind].lower()}" for kind in kinds))
    return responses


def _problem_response(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {"application/problem+json": {"schema": schema}}}


def _resolve(schema: JsonSchemaValue, components: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    return components[reference.rpartition("/")[2]] if reference else schema


def _without_unused_asks(components: dict[str, Any], schemas: Mapping[Any, JsonSchemaValue]) -> dict[str, Any]:
    """Asks are written out at their operation, so they need no component of their own."""
    asks = {
        schema["$ref"].rpartition("/")[2]
        for ((sort, _), _), schema in ((key, value) for key, value in schemas.items())
        if sort == "ask" and "$ref" in schema
    }
    return {name: schema for name, schema in components.items() if name not in asks}
