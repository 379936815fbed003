"""The JSON Schema of definition files, from the same codecs that read them: editors complete and validate with it."""

from __future__ import annotations

from procession.interchange.yaml import CODECS
from procession.interchange.yaml.forms import FIELD, FORM
from procession.interchange.yaml.reading import Schema
from procession.interchange.yaml.steps import STEP, TARGET


def schema() -> Schema:
    """One schema for every kind of file: the first key says which it is."""
    kinds = {name: _with_key(name, codec.schema()) for name, codec in CODECS.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Procession definition",
        "description": "A workflow, a process, or what stands beside them.",
        "type": "object",
        "anyOf": [{"$ref": f"#/$defs/{name.replace(' ', '-')}"} for name in kinds],
        "$defs": {
            **{name.replace(" ", "-"): one for name, one in kinds.items()},
            "field": FIELD.schema(),
            "form-entry": FORM.list.item.schema(),
            "step": STEP.schema(),
            "target": TARGET.schema(),
        },
    }


def _with_key(name: str, found: Schema) -> Schema:
    return {**found, "required": sorted({name, *found.get("required", [])})}
