"""The typed view of an agent's snapshot (contracts/agent), as a job carries it. Read only; the snapshot itself stays what counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from sidecar.errors import ContractError

Operation = Literal["read", "create", "revise"]

MCP_PREFIX = "mcp:"


@dataclass(frozen=True, slots=True)
class McpServer:
    """An MCP server of the binding. `secret` is the *name* of a secret in the settings, sent in `header`. `tools`: those the agent may
    call, empty for all."""

    name: str
    url: str
    secret: str | None = None
    header: str = "Authorization"
    tools: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AgentView:
    """An agent: what it is (definition) and how it runs (binding).

    `limits`: by the names of contracts/agent; 0 or absent means the site's default. `asks_for_more`: at a limit a person is asked.
    `content`: entity type -> bundle -> operations; what is not named is forbidden. `langcodes`: languages it may write, empty for all.
    """

    id: str
    label: str
    system_prompt: str
    tools: tuple[str, ...]
    model: str
    description: str = ""
    input_schema: dict[str, Any] | None = None
    output_schema: dict[str, Any] | None = None
    fallback_model: str | None = None
    model_settings: dict[str, Any] = field(default_factory=dict)
    limits: dict[str, int] = field(default_factory=dict)
    asks_for_more: bool = False
    content: dict[str, dict[str, frozenset[str]]] = field(default_factory=dict)
    mcp_servers: tuple[McpServer, ...] = ()
    langcodes: tuple[str, ...] = ()
    may_publish: bool = False
    may_write_unmoderated: bool = False
    priority: int = 5
    hash: str = ""

    @classmethod
    def from_snapshot(cls, snapshot: dict[str, Any]) -> AgentView:
        """From a valid document of contracts/agent. Raises ContractError when a needed part is missing."""
        try:
            definition, binding = snapshot["definition"], snapshot["binding"]
            return cls(
                id=snapshot["id"],
                label=snapshot["label"],
                description=snapshot.get("description", ""),
                hash=snapshot.get("hash", ""),
                system_prompt=definition["system_prompt"],
                tools=tuple(definition["tools"]),
                input_schema=definition.get("input_schema"),
                output_schema=definition.get("output_schema"),
                model=binding["model"],
                **_optional(binding),
            )
        except KeyError as missing:
            raise ContractError(
                f"The agent's snapshot lacks {missing.args[0]!r}.", f"/agent/{missing.args[0]}"
            ) from None

    @classmethod
    def from_job(cls, job: dict[str, Any]) -> AgentView:
        """The agent of a job (contracts/job)."""
        return cls.from_snapshot(job["agent"])

    def may(self, operation: Operation, entity_type: str, bundle: str) -> bool:
        """Whether the binding names this operation. Drupal decides in the end."""
        return operation in self.content.get(entity_type, {}).get(bundle, frozenset())

    def allowed(self, operation: Operation) -> list[tuple[str, str]]:
        """The (entity type, bundle) pairs that the binding names for an operation, sorted."""
        return sorted(
            (entity_type, bundle)
            for entity_type, bundles in self.content.items()
            for bundle, operations in bundles.items()
            if operation in operations
        )

    def server(self, name: str) -> McpServer | None:
        """The MCP server of this name, if the binding has it."""
        return next((server for server in self.mcp_servers if server.name == name), None)


def _optional(binding: dict[str, Any]) -> dict[str, Any]:
    """The parts of a binding that may be absent. PHP writes an empty map as an empty list: both mean nothing here."""
    content = {
        entity_type: {bundle: frozenset(operations) for bundle, operations in (bundles or {}).items()}
        for entity_type, bundles in (binding.get("content") or {}).items()
    }
    limits = binding.get("limits") or {}
    return {
        "fallback_model": binding.get("fallback_model") or None,
        "model_settings": dict(binding.get("model_settings") or {}),
        "limits": {name: value for name, value in limits.items() if name != "on_limit"},
        "asks_for_more": limits.get("on_limit") == "ask",
        "content": content,
        "mcp_servers": tuple(_server(server) for server in binding.get("mcp_servers") or ()),
        "langcodes": tuple(binding.get("langcodes") or ()),
        "may_publish": bool(binding.get("may_publish", False)),
        "may_write_unmoderated": bool(binding.get("may_write_unmoderated", False)),
        "priority": int(binding.get("priority") or 5),
    }


def _server(server: dict[str, Any]) -> McpServer:
    return McpServer(
        name=server["name"],
        url=server["url"],
        secret=server.get("secret") or None,
        header=server.get("header") or "Authorization",
        tools=tuple(server.get("tools") or ()),
    )
