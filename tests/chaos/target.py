"""What is attacked: a Drupal, real or not, as the bench sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from demo.standin.faults import FaultPlan


class NotNow(Exception):
    """The site refuses for the moment, because of an attack. Ask again."""


class Target(Protocol):
    """One site under attack. Runs are dicts with `uuid`, `name` (of the input), `state`, `waiting_for`, `reason`, `message`, `generation`
    and `account`."""

    url: str
    """Where the sidecar finds the site: every fault is between the two."""
    direct: str
    """Where the bench finds it."""
    secret: str
    faults: FaultPlan
    weights: dict[str, int]
    """The attacks that this target can bear, and how often each is drawn."""

    attacks: dict[str, Callable[[], Any]]
    """Those among them that the target itself carries out."""

    def start(self) -> None:
        """Makes the site ready."""
        ...

    def stop(self) -> None:
        """Leaves nothing behind."""
        ...

    def environment(self) -> dict[str, str]:
        """Settings of the sidecar that only this target knows, with their prefix."""
        ...

    def push_to(self, url: str) -> None:
        """Tells the site where its sidecar is."""
        ...

    def add_agents(self, names: list[str], binding: dict[str, Any], tools: list[str]) -> None:
        """Agents with an account each."""
        ...

    def dispatch(self, agent: str, name: str) -> None:
        """Starts a run. Raises NotNow."""
        ...

    def runs(self) -> list[dict[str, Any]]:
        """All runs, the oldest first. Raises NotNow."""
        ...

    def events(self, run: str) -> list[dict[str, Any]]:
        """`seq`, `type`, `time` and `data` of all events of a run, in order. Raises NotNow."""
        ...

    def drafts(self, run: str) -> list[dict[str, Any]]:
        """`operation` and `entity` of the changes of a run."""
        ...

    def outbox(self) -> list[str]:
        """Runs that still have a row."""
        ...

    def unexplained(self) -> list[str]:
        """A sentence for each revision of an agent that no change tells of, and for each item of an agent that visitors see."""
        ...

    def decide(self, run: str, question: str, decision: str) -> None:
        """A person's answer. Raises NotNow."""
        ...

    def maintenance(self, on: bool) -> None:
        """Maintenance mode."""
        ...

    def stop_agents(self, on: bool) -> None:
        """The stop switch."""
        ...
