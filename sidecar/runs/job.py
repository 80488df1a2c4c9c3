"""A job (contracts/job) as values: what is to be done, by which agent, within which limits, and what was done before.

Each document is read by hand: PHP writes an empty map as an empty list, and a job that an older release stored must still be readable.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Required, TypedDict

from sidecar.errors import ContractError
from sidecar.json_text import JSON, members
from sidecar.runs.agent import LIMITS, Agent, Limits
from sidecar.runs.checkpoint import Checkpoint, Units
from sidecar.runs.review import Review


class Trigger(TypedDict, total=False):
    """Why a run was started."""

    type: Required[str]
    id: str
    entity: JSON
    operation: str
    items: list[JSON]


class Answer(TypedDict, total=False):
    """What a person decided, by the id of what was asked. `by` and `note`: who, and why; `via`: where else than in Drupal it was said."""

    id: Required[str]
    decision: Required[str]
    by: str
    note: str
    via: str


Answers = Mapping[str, Answer]
"""Decisions of people, by the id of what was asked."""


class OpenQuestion(TypedDict, total=False):
    """What a run that comes back was waiting to have answered."""

    id: str
    expires: str


class Waiting(TypedDict, total=False):
    """For whom a run that comes back was waiting."""

    data: OpenQuestion


class LanguageAddress(TypedDict, total=False):
    """Where items are read in one language."""

    path: Required[str]
    host: str


class SiteAddresses(TypedDict):
    """Where a site's JSON:API is, as the site tells it."""

    jsonapi: str
    languages: dict[str, LanguageAddress]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What was done, said and told of a run before its job came here. All of it is empty in a run's first job."""

    last_seq: int = 0
    started: str | None = None
    usage: Mapping[str, int] = field(default_factory=dict[str, int])
    checkpoints: tuple[Checkpoint, ...] = ()
    answers: Answers = field(default_factory=dict[str, Answer])
    asked: OpenQuestion = field(default_factory=OpenQuestion)
    paused: bool = False
    retried: Mapping[str, str] = field(default_factory=dict[str, str])
    """Who began this generation (`by`), and why (`note`)."""

    @classmethod
    def of(cls, job: Mapping[str, JSON]) -> History:
        """From a document of contracts/job."""
        waiting = members(job.get("waiting"))
        return cls(
            last_seq=int(job.get("last_seq") or 0),
            started=job.get("started"),
            usage=members(job.get("usage")),
            checkpoints=tuple(job.get("checkpoints") or ()),
            answers={answer["id"]: answer for answer in job.get("answers") or ()},
            asked=_question(waiting.get("data")) if waiting.get("for") == "approval" else {},
            paused=bool(job.get("paused", False)),
            retried=members(job.get("retried")),
        )

    def units(self, generation: int) -> Units:
        """The records that Drupal has of this generation."""
        units: Units = {}
        for checkpoint in self.checkpoints:
            if checkpoint.get("generation", generation) == generation:
                units |= checkpoint.get("units") or {}
        return units


def _question(document: JSON) -> OpenQuestion:
    return document or {}


UNSTORED = ("checkpoints", "usage")
"""Members of a job that are kept elsewhere: as the journal and the counters of its run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A run that Drupal handed out. `from_step`: the first step that this generation does anew, 1 unless a person retried the run from a
    step. `review`: what people said who sent its drafts back. `dry_run`: a test run, of which Drupal saves no draft. `priority`: higher ones
    begin before others of the agent. `account`: UUID of the Drupal account that the run acts as. `parent`: the run that
    has started this one. `document`: the job as it was received."""

    run: str
    site: str
    attempt: int
    generation: int
    from_step: int = 1
    review: Review | None = None
    dry_run: bool = False
    priority: int = 0
    created: str
    trigger: Trigger
    agent: Agent
    account: str
    parent: str | None = None
    input: dict[str, JSON] = field(default_factory=dict[str, JSON])
    addresses: SiteAddresses | None = None
    history: History = field(default_factory=History)
    document: dict[str, JSON] = field(default_factory=dict[str, JSON], repr=False, compare=False)

    @classmethod
    def of(cls, document: dict[str, JSON]) -> Job:
        """From a valid document of contracts/job, or from a stored one. Raises ContractError when a needed part is missing."""
        try:
            return cls(
                run=document["run"],
                site=document["site"],
                attempt=int(document["attempt"]),
                generation=int(document["generation"]),
                from_step=int(document.get("from_step") or 1),
                review=Review.of(document.get("review")),
                dry_run=bool(document.get("dry_run", False)),
                priority=int(document.get("priority") or 0),
                created=document["created"],
                trigger=document["trigger"],
                agent=Agent.of(document["agent"]),
                account=_account(document),
                parent=document.get("parent") or None,
                input=members(document["input"]),
                addresses=document.get("addresses") or None,
                history=History.of(document),
                document=document,
            )
        except KeyError as missing:
            name = missing.args[0]
            raise ContractError(f"The job lacks {name!r}.", f"/{name}") from None

    def limited(self, limits: Limits) -> Job:
        """The job with the limits that hold for its run, in its document too."""
        binding = self.document["agent"]["binding"]
        unknown = {name: amount for name, amount in members(binding.get("limits")).items() if name not in LIMITS}
        agent: JSON = {**self.document["agent"], "binding": {**binding, "limits": unknown | limits.document()}}
        return replace(self, agent=replace(self.agent, limits=limits), document={**self.document, "agent": agent})

    def stored(self) -> str:
        """The text that is stored, and read again by whoever claims the run."""
        return json.dumps({name: value for name, value in self.document.items() if name not in UNSTORED})


def _account(document: Mapping[str, JSON]) -> str:
    """The agent is the same on each site, so the job names the account. Jobs of an older release name it in the agent."""
    account = document.get("account") or document["agent"]["binding"].get("account")
    if not account:
        raise ContractError("The job does not name the account that the run acts as.", "/account")
    return account


@dataclass(frozen=True, slots=True)
class Claim:
    """A run that this worker holds: `fence` (`attempt.counter.nonce`) is compared for equality by every script."""

    site: str
    run: str
    fence: str
    job: Job
    units: Units = field(default_factory=Units, compare=False)
    """The journal as it was when the run was claimed."""
    saved: frozenset[str] = frozenset()
    """Units whose records are stored in Drupal."""
    answers: Answers = field(default_factory=dict[str, Answer], compare=False)
    """Decisions of people, by the id of what was asked."""
    fallback: bool = False
    """Whether the fallback model is asked now."""

    @property
    def attempt(self) -> int:
        """The attempt at which the run was claimed; Drupal refuses an older one."""
        return int(self.fence.split(".")[0])

    @property
    def generation(self) -> int:
        """Raised only when a person says retry."""
        return self.job.generation

    @property
    def from_step(self) -> int:
        """The first step that this generation does anew; 1 unless a person retried the run from a step."""
        return self.job.from_step
