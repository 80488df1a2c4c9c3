"""What Drupal answers to callers, as values. Members that a newer site adds are kept in `document`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

from sidecar.json_text import JSON, elements, members
from sidecar.runs.run import RunState


@dataclass(frozen=True, slots=True)
class AgentFacts:
    """An agent that the caller may dispatch. The schemas are JSON Schemas; None: no declared input, output as text."""

    id: str
    label: str
    description: str
    input_schema: dict[str, JSON] | None
    output_schema: dict[str, JSON] | None
    examples: tuple[JSON, ...] = ()
    document: dict[str, JSON] = field(default_factory=dict[str, JSON], repr=False, compare=False)

    @classmethod
    def of(cls, document: dict[str, JSON]) -> Self:
        return cls(
            id=document["id"],
            label=document["label"],
            description=document.get("description") or "",
            input_schema=document.get("input_schema"),
            output_schema=document.get("output_schema"),
            examples=tuple(elements(document.get("examples"))),
            document=document,
        )


@dataclass(frozen=True, slots=True)
class RunFacts:
    """A run as the caller may see it (contracts/run). `question`: the approval it waits for, None when there is none."""

    id: str
    agent: str
    state: RunState
    document: dict[str, JSON] = field(repr=False)

    @classmethod
    def of(cls, document: dict[str, JSON]) -> Self:
        return cls(document["uuid"], document["agent"], RunState(document["state"]), document)

    @property
    def waiting_for(self) -> str | None:
        """approval, agent, retry, drupal; None when it does not wait."""
        return self.document.get("waiting_for")

    @property
    def told(self) -> str | None:
        """The newest command that it has not carried out yet, such as an answer; None: none."""
        return self.document.get("pending_command")

    @property
    def asks(self) -> bool:
        """Whether it waits for the answer of a person. One that was told something, and has not heard it yet, asks nothing now."""
        return self.waiting_for == "approval" and self.told is None

    @property
    def settled(self) -> bool:
        """Whether nothing more happens by itself: it has ended, or asks a person.

        One that asks without a question was read while Drupal was told that it goes on: its state is of before, its question is gone."""
        return self.state.final or bool((self.question or {}).get("id"))

    @property
    def last_seq(self) -> int:
        """The number of its last event that Drupal has."""
        return self.document.get("last_seq") or 0

    @property
    def reason(self) -> str | None:
        return self.document.get("reason")

    @property
    def message(self) -> str | None:
        return self.document.get("message")

    @property
    def output(self) -> JSON:
        return self.document.get("output")

    @property
    def question(self) -> dict[str, JSON] | None:
        """The data of its `approval_requested` (contracts/event)."""
        if not self.asks:
            return None
        return members(members(self.document.get("waiting")).get("data")).get("question")


@dataclass(frozen=True, slots=True)
class RunPage:
    """Runs, newest first, and the cursor of the next page; None: that was all. `total`: how many fit in all, where that was asked."""

    runs: tuple[RunFacts, ...]
    next: str | None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events of a run behind a seq (contracts/event), and the run as it is."""

    run: RunFacts
    events: tuple[dict[str, JSON], ...]
    last_seq: int
