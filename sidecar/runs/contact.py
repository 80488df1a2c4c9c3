"""What the processes of a sidecar were last answered when they reported to a site: for people, nothing is decided by it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sidecar.findings import Level

FRESH_SECONDS = 180.0
"""A process that works reports once a minute at least; an older contact is that of one that is gone."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Of one process. Times are Unix seconds, 0: never. `refused_since`: 0 when the last report was taken; else `status` (0: no answer),
    `code` and `detail` say how the site answers."""

    process: str
    tried: float
    taken: float = 0.0
    refused_since: float = 0.0
    status: int = 0
    code: str = ""
    detail: str = ""

    def fresh(self, now: float) -> bool:
        """Whether the process still tries."""
        return now - self.tried <= FRESH_SECONDS


def trouble(contacts: Iterable[Contact], now: float) -> Contact | None:
    """The running process whose reports are refused for the longest time."""
    refused = [contact for contact in contacts if contact.refused_since and contact.fresh(now)]
    return min(refused, key=lambda contact: contact.refused_since, default=None)


def last_taken(contacts: Iterable[Contact]) -> float:
    """When the site last took a report of any process; 0: never, as far as Redis knows."""
    return max((contact.taken for contact in contacts), default=0.0)


def told(contacts: list[Contact], now: float) -> tuple[Level, str]:
    """For the doctor: how bad it is, and a sentence or two."""
    if refused := trouble(contacts, now):
        answer = f"status {refused.status}, {refused.code}" if refused.status else refused.code
        since = span(now - refused.refused_since)
        text = f"The site refuses the reports of {refused.process} for {since} ({answer}). {refused.detail}"
        return "problem", f"{text} Nothing is lost: the runs stay as they are."
    if taken := last_taken(contacts):
        text = f"The site took the last one of a running sidecar {span(now - taken)} ago."
        return ("ok" if now - taken <= FRESH_SECONDS else "note"), text
    return "note", "No running sidecar has reported to this site within a day."


def span(seconds: float) -> str:
    """A duration for people, in its largest unit."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"
