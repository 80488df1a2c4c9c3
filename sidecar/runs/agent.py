"""An agent as a job carries it (contracts/agent): what it is, how it runs, and what a run of it may use. Read only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Literal

from sidecar.errors import ContractError
from sidecar.json_text import JSON, members

Operation = Literal["read", "create", "revise"]

MCP_PREFIX = "mcp:"
DEFAULT_PRIORITY = 5
RULES = "Keep to these rules, which people who reviewed your work set:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a run may use, by the names of contracts/agent; 0: no limit. `asks`: at a limit a person is asked for more."""

    steps: int = 0
    tool_calls: int = 0
    tokens: int = 0
    cost_micros: int = 0
    wall_seconds: int = 0
    writes: int = 0
    writes_per_hour: int = 0
    concurrency: int = 0
    depth: int = 0
    tool_result_bytes: int = 0
    cost_micros_per_day: int = 0
    tokens_per_day: int = 0
    asks: bool = False

    @classmethod
    def of(cls, document: JSON) -> Limits:
        """From `limits` of a binding; absent is 0."""
        said = members(document)
        return cls(**{name: int(said.get(name) or 0) for name in AMOUNTS}, asks=said.get("on_limit") == "ask")

    def amount(self, name: str) -> int:
        """The amount of this name; 0 for one that is not known."""
        return getattr(self, name) if name in AMOUNTS else 0

    def document(self) -> dict[str, int | str]:
        """As in a binding, without what is not limited."""
        amounts: dict[str, int | str] = {name: amount for name in AMOUNTS if (amount := self.amount(name))}
        return amounts | ({"on_limit": "ask"} if self.asks else {})

    def within(self, settings: Mapping[str, int], defaults: Mapping[str, int]) -> Limits:
        """The limits, none higher than `settings` say (0: they lower nothing); `defaults` where neither says anything. Vectors `limits`."""
        return replace(self, **{name: self._within(name, settings.get(name), defaults) for name in AMOUNTS})

    def _within(self, name: str, most: int | None, defaults: Mapping[str, int]) -> int:
        own = self.amount(name)
        if most:
            return min(own or most, most)
        return own or (defaults.get(name, 0) if most is None else 0)

    def raised(self, times: Mapping[str, int]) -> Limits:
        """The limits with the own amount of each named one so many times more."""
        return replace(self, **{name: self.amount(name) * (1 + more) for name, more in times.items() if more})


AMOUNTS = tuple(each.name for each in fields(Limits) if each.name != "asks")
LIMITS = (*AMOUNTS, "on_limit")
"""All members of `limits` in a binding."""


@dataclass(frozen=True, slots=True)
class McpServer:
    """An MCP server of the binding. `secret` is the *name* of a secret in the settings, sent in `header`. `tools`: those the agent may
    call, empty for all."""

    name: str
    url: str
    secret: str | None = None
    header: str = "Authorization"
    tools: tuple[str, ...] = ()

    @classmethod
    def of(cls, document: Mapping[str, JSON]) -> McpServer:
        """From a member of `mcp_servers`."""
        return cls(
            name=document["name"],
            url=document["url"],
            secret=document.get("secret") or None,
            header=document.get("header") or "Authorization",
            tools=tuple(document.get("tools") or ()),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StartableAgent:
    """Another agent that the agent may start, as it was when the job was made. `wait`: the run goes on when the other one has ended."""

    id: str
    wait: bool = True
    label: str = ""
    description: str = ""
    input_schema: dict[str, JSON] | None = None

    @classmethod
    def of(cls, document: Mapping[str, JSON]) -> StartableAgent:
        """From a member of `agents`."""
        return cls(
            id=document["id"],
            wait=bool(document.get("wait", True)),
            label=document.get("label") or document["id"],
            description=document.get("description") or "",
            input_schema=members(document.get("input_schema")) or None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """An agent: what it is (definition) and how it runs (binding).

    `content`: entity type -> bundle -> operations; what is not named is forbidden. `langcodes`: languages it may write, empty for all.
    `hash` names this very snapshot. `rules`: sentences that people gave it after they had reviewed its work.
    """

    id: str
    label: str
    hash: str = ""
    system_prompt: str
    rules: tuple[str, ...] = ()
    tools: tuple[str, ...]
    output_schema: dict[str, JSON] | None = None
    model: str
    fallback_model: str | None = None
    model_settings: dict[str, JSON] = field(default_factory=dict[str, JSON])
    limits: Limits = field(default_factory=Limits)
    content: dict[str, dict[str, frozenset[str]]] = field(default_factory=dict[str, dict[str, frozenset[str]]])
    mcp_servers: tuple[McpServer, ...] = ()
    agents: tuple[StartableAgent, ...] = ()
    langcodes: tuple[str, ...] = ()
    priority: int = DEFAULT_PRIORITY

    @classmethod
    def of(cls, document: Mapping[str, JSON]) -> Agent:
        """From a valid document of contracts/agent. Raises ContractError when a needed part is missing."""
        try:
            definition, binding = document["definition"], document["binding"]
            return cls(
                id=document["id"],
                label=document["label"],
                hash=document.get("hash", ""),
                system_prompt=definition["system_prompt"],
                rules=tuple(document.get("rules") or ()),
                tools=tuple(definition["tools"]),
                output_schema=definition.get("output_schema"),
                model=binding["model"],
                fallback_model=binding.get("fallback_model") or None,
                model_settings=members(binding.get("model_settings")),
                limits=Limits.of(binding.get("limits")),
                content=_content(members(binding.get("content"))),
                mcp_servers=tuple(McpServer.of(server) for server in binding.get("mcp_servers") or ()),
                agents=tuple(StartableAgent.of(other) for other in binding.get("agents") or ()),
                langcodes=tuple(binding.get("langcodes") or ()),
                priority=int(binding.get("priority") or DEFAULT_PRIORITY),
            )
        except KeyError as missing:
            name = missing.args[0]
            raise ContractError(f"The agent's snapshot lacks {name!r}.", f"/agent/{name}") from None

    @property
    def instructions(self) -> str:
        """What the model is told before anything else: the system prompt, and the rules that people gave the agent since."""
        if not self.rules:
            return self.system_prompt
        rules = "\n".join(f"- {rule}" for rule in self.rules)
        return f"{self.system_prompt}\n\n{RULES}\n{rules}".strip()

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


def _content(document: Mapping[str, JSON]) -> dict[str, dict[str, frozenset[str]]]:
    return {
        entity_type: {bundle: frozenset(operations) for bundle, operations in members(bundles).items()}
        for entity_type, bundles in document.items()
    }
