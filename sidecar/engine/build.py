"""Builds pydantic-ai agents. What is built holds nothing of a run, so it serves all runs of its definition and tools."""

from __future__ import annotations

import json
from typing import Any

import pydantic_ai
from pydantic import PydanticUserError, TypeAdapter
from pydantic_ai import Agent, FunctionToolset, ModelRetry, RunContext, StructuredDict, ToolOutput
from pydantic_ai.exceptions import UserError
from pydantic_ai.models import Model

from sidecar.definition.agent import AgentView
from sidecar.engine.durability import AGENT, FINISH, TOOLSET, RedisDurability, current, tool_function
from sidecar.tools import schemas
from sidecar.tools.base import ToolSpec

OUTPUT_RETRIES = 2


def build(view: AgentView, specs: list[ToolSpec], model: Model, settings: Any) -> Any:
    """A pydantic-ai agent of this definition. It holds nothing of a run."""
    schema = view.output_schema
    output = _output(schema) if schema else str
    tools: list[pydantic_ai.Tool[Any]] = [
        pydantic_ai.Tool.from_schema(
            tool_function(spec.name), spec.name, spec.description, spec.parameters, takes_ctx=True
        )
        for spec in specs
    ]
    agent = Agent(
        model,
        name=AGENT,
        instructions=view.system_prompt or None,
        output_type=output,
        toolsets=[FunctionToolset(tools, id=TOOLSET)],
        capabilities=[RedisDurability()],
        model_settings=settings,
        retries={"tools": OUTPUT_RETRIES, "output": OUTPUT_RETRIES},
    )
    if schema:

        @agent.output_validator
        def valid(_: RunContext[Any], value: Any) -> Any:
            if errors := schemas.errors_of(schema, value):
                if (run := current.get()) is not None:
                    run.output_errors = errors
                raise ModelRetry(f"The answer does not fit its schema: {json.dumps(errors, ensure_ascii=False)}")
            return value

    return agent


def _output(schema: dict[str, Any]) -> Any:
    """The tool `finish`. pydantic cannot hand on a schema that refers to itself: the model gets it as text, and it is validated all the same."""
    description = "The final answer."
    try:
        typed = StructuredDict(schema)
        TypeAdapter(typed).json_schema()
    except (KeyError, PydanticUserError, UserError):
        typed = StructuredDict({"type": "object"})
        description += f" An object that fits this JSON Schema: {json.dumps(schema, ensure_ascii=False)}"
    return ToolOutput(typed, name=FINISH, description=description)


def prompt_of(job: dict[str, Any]) -> str:
    """What the agent is asked: why it was started, and its input. A function of the job alone, so that a replay asks the same."""
    trigger = {key: value for key, value in job["trigger"].items() if value}
    parts = [f"You were started by: {json.dumps(trigger, ensure_ascii=False, sort_keys=True)}"]
    if job["input"]:
        parts.append(f"Input:\n{json.dumps(job['input'], ensure_ascii=False, indent=1, sort_keys=True)}")
    return "\n\n".join(parts)
