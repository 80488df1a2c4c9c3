"""Why a drive of a run ends before its agent is done: values, and the exception that carries one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sidecar.json_text import JSON

DRUPAL_UNAVAILABLE = "drupal:unavailable"
EXPIRED = "Nobody decided in time. Retry the run if it is still wanted."
"""The message of a run whose question nobody answered."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Another worker has the run: nothing is written any more."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """The run goes back to its lane: this worker drains, or the site has stopped its agents."""

    reason: Literal["handed_over", "site_stopped"]


@dataclass(frozen=True, slots=True)
class Paused:
    """A person wants the run to rest."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A person wants the run to be over."""


@dataclass(frozen=True, slots=True)
class Wait:
    """The run waits for Drupal, for `run` of another agent, or to try a tool again. `retry_after` in seconds."""

    what: Literal["drupal", "retry", "agent"]
    reason: str = DRUPAL_UNAVAILABLE
    message: str = ""
    retry_after: float | None = None
    run: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """A call was started and its answer is not known: a person says whether it was done."""

    unit: str
    tool: str
    arguments: JSON


@dataclass(frozen=True, slots=True)
class FailedRequest:
    """A request to the model that failed: which model it was, why, and how often it was made."""

    model: str
    reason: str
    message: str
    tries: int


@dataclass(frozen=True, slots=True)
class Again:
    """The model is asked again after `delay` seconds, the other one when `fallback`."""

    delay: float
    fallback: bool
    error: FailedRequest


@dataclass(frozen=True, slots=True)
class Limit:
    """The run came to a limit of its own, or of a day. `name`: `steps`, `tokens`, `budget_site`, ..."""

    name: str
    message: str = ""

    @property
    def reason(self) -> str:
        """The reason of a run that ends by it."""
        return f"limit:{self.name}"


@dataclass(frozen=True, slots=True)
class Fail:
    """The run is over. `message` is a sentence for a person. `error`: the request to the model that it ends by."""

    reason: str
    message: str = ""
    error: FailedRequest | None = None


Ending = Lost | HandOver | Paused | Cancelled | Wait | Ask | Again | Limit | Fail


class Halt(BaseException):
    """Ends a drive. Not an Exception: no tool, hook or library may swallow it."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending)
        self.ending = ending


def read_answer(answer: str) -> Ending | None:
    """What a script's answer to START or FINISH means, or a command to a worker: None when the run goes on."""
    match answer:
        case "ok":
            return None
        case "stale" | "lost":
            return Lost()
        case "drain":
            return HandOver("handed_over")
        case "stop":
            return HandOver("site_stopped")
        case "cancel":
            return Cancelled()
        case "pause":
            return Paused()
        case "wait:drupal":
            return Wait("drupal")
        case _ if answer.startswith("limit:"):
            return Limit(answer.removeprefix("limit:"))
        case _:
            raise ValueError(f"No script answers {answer!r}.")


def cancelled(said: dict[str, str]) -> str:
    """The message of a cancelled run. The name is in its event alone, where it can be erased."""
    return f"Cancelled by a person: {said['note']}" if said.get("note") else "Cancelled by a person."
