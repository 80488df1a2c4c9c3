"""What a model is offered: tools, and the one by which it gives a structured answer."""

from __future__ import annotations

import functools
import json

from pydantic import PydanticUserError, TypeAdapter
from pydantic_ai import StructuredDict
from pydantic_ai.exceptions import UserError
from pydantic_ai.tools import GenerateToolJsonSchema, ToolDefinition

from sidecar.tools.base import ToolSpec

FINISH = "finish"
"""The tool by which a model gives a structured answer."""


def definition(spec: ToolSpec) -> ToolDefinition:
    """A tool as the model is offered it."""
    return ToolDefinition(name=spec.name, description=spec.description, parameters_json_schema=spec.parameters)


@functools.lru_cache(maxsize=64)
def finish(schema_text: str) -> ToolDefinition:
    """The tool `finish`. pydantic cannot hand on a schema that refers to itself: the model gets it as text, and its answer is checked all the
    same."""
    schema = json.loads(schema_text)
    description = "The final answer."
    try:
        parameters = TypeAdapter(StructuredDict(schema)).json_schema(schema_generator=GenerateToolJsonSchema)
    except (KeyError, PydanticUserError, UserError):
        parameters = {"type": "object"}
        description += f" An object that fits this JSON Schema: {schema_text}"
    if own := parameters.pop("description", None):
        description += f" {own}"
    return ToolDefinition(name=FINISH, description=description, parameters_json_schema=parameters, kind="output")
