"""What the API answers, as values. Each keeps its `document`: members that a newer server adds are there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from sidecar.json_text import JSON, elements, members

Document = dict[str, JSON]

FINAL = frozenset({"completed", "failed", "cancelled", "expired"})


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent that may be dispatched. The schemas are JSON Schemas; None: any object is taken, the answer is text."""

    id: str
    label: str
    description: str
    input_schema: Document | None
    output_schema: Document | None
    document: Document = field(repr=False)

    @classmethod
    def of(cls, document: Document) -> Self:
        """From contracts/agents."""
        schemas = document.get("input_schema"), document.get("output_schema")
        return cls(document["id"], document["label"], document.get("description") or "", *schemas, document)


@dataclass(frozen=True, slots=True)
class Question:
    """What a run asks a person. `id` and one of `choices` are the answer."""

    id: str
    text: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of an agent. `state`: queued, running, waiting, paused, completed, failed, cancelled, expired."""

    id: str
    agent: str
    state: str
    document: Document = field(repr=False)

    @classmethod
    def of(cls, document: Document) -> Self:
        """From contracts/run."""
        return cls(document["uuid"], document["agent"], document["state"], document)

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.state in FINAL

    @property
    def settled(self) -> bool:
        """Whether nothing more happens by itself: it has ended, or asks a person."""
        return self.ended or self.question is not None

    @property
    def reason(self) -> str | None:
        """Why it ended or waits: docs/reference/reasons.md lists them."""
        return self.document.get("reason")

    @property
    def message(self) -> str | None:
        """The same for people."""
        return self.document.get("message")

    @property
    def output(self) -> Any:
        """What the agent answered: a text, or as its output schema says. None while there is none."""
        return self.document.get("output")

    @property
    def url(self) -> str | None:
        """Its page on the site."""
        return self.document.get("url")

    @property
    def created(self) -> datetime:
        """When it was made."""
        return datetime.fromisoformat(self.document["created"].replace("Z", "+00:00"))

    @property
    def last_seq(self) -> int:
        """The number of its last event."""
        return int(self.document.get("last_seq") or 0)

    @property
    def question(self) -> Question | None:
        """What it asks; None when it asks nothing, also when it was answered and has not heard it yet."""
        if self.document.get("waiting_for") != "approval" or self.document.get("pending_command"):
            return None
        asked = members(members(members(self.document.get("waiting")).get("data")).get("question"))
        if not asked.get("id"):
            return None
        choices = tuple(elements(asked.get("choices"))) or ("approve", "reject")
        return Question(asked["id"], asked.get("question") or "", choices)


@dataclass(frozen=True, slots=True)
class RunPage:
    """Runs, newest first, and the cursor of the next page; None: that was all."""

    runs: tuple[Run, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a run's history: `seq` counts 1, 2, 3 without gaps."""

    seq: int
    type: str
    data: Document
    document: Document = field(repr=False)

    @classmethod
    def of(cls, document: Document) -> Self:
        """From contracts/event."""
        return cls(document["seq"], document["type"], members(document.get("data")), document)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that a draft changes. `before` is None for new content. `diff`: pieces with `kind` (same, removed, added) and `text`."""

    name: str
    label: str
    before: str | None
    after: str
    diff: tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """What a run left for editors. `status`: pending, accepted, rejected, superseded, discarded. `url`: the page where people decide."""

    id: str
    label: str
    status: str
    url: str
    summary: str
    fields: tuple[FieldChange, ...]
    document: Document = field(repr=False)

    @classmethod
    def of(cls, document: Document) -> Self:
        """From contracts/drafts."""
        fields = tuple(
            FieldChange(each["name"], each["label"], each["before"], each["after"], tuple(each["diff"]))
            for each in elements(document.get("fields"))
        )
        summary = document.get("summary") or ""
        return cls(document["uuid"], document["label"], document["status"], document["url"], summary, fields, document)


@dataclass(frozen=True, slots=True)
class Batch:
    """An agent run over many items."""

    id: str
    agent: str
    document: Document = field(repr=False)

    @classmethod
    def of(cls, document: Document) -> Self:
        """From contracts/batch."""
        return cls(str(document["id"]), document["agent"], document)
