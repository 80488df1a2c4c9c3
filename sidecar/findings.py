"""What was looked at, and what came of it: the doctor's own findings, and those that a site sends with its status."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args
from urllib.parse import urlsplit

Level = Literal["ok", "note", "problem"]

MAX_SENT = 50
"""Findings that a site is told at once."""
MAX_TEXT = 1000
_MARKS: dict[Level, tuple[str, str]] = {"ok": ("✓", "32"), "note": ("!", "33"), "problem": ("✗", "31")}
# The doctor says these itself, an agent or a switch at a time, from the same answer.
_SAID_ALREADY = {"agents", "stopped", "jsonapi", "reports"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `subject`: what; `text`: a sentence, with what to do when it is a problem.

    `from_site`: the site said so, and says it on its own pages, too.
    """

    level: Level
    subject: str
    text: str
    from_site: bool = False

    @property
    def problem(self) -> bool:
        """Whether something must be done."""
        return self.level == "problem"

    def document(self) -> dict[str, str]:
        """As JSON."""
        return {"level": self.level, "subject": self.subject, "text": self.text}

    def line(self, *, color: bool) -> str:
        """As a line of text."""
        mark, code = _MARKS[self.level]
        mark = f"\x1b[{code}m{mark}\x1b[0m" if color else mark
        return f"{mark} {self.subject}: {self.text}"


def of_site(site: str, status: dict[str, Any]) -> list[Finding]:
    """What a site's own checks say (`checks` of its status: id, level, subject, text), but for what the doctor says by itself."""
    found: list[Finding] = []
    checks: list[dict[str, Any]] = status.get("checks") or []
    for check in checks:
        if check.get("id") in _SAID_ALREADY:
            continue
        level = check.get("level") if check.get("level") in get_args(Level) else "note"
        subject = f"Drupal of {site}, {check.get('subject')}"
        found.append(Finding(cast("Level", level), subject, str(check.get("text")), from_site=True))
    return found


def for_site(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """What a site cannot know by itself, and shows on its status report; problems first."""
    ours = [finding for finding in findings if not finding.from_site and finding.level != "ok"]
    ours.sort(key=lambda finding: not finding.problem)
    return [finding.document() | {"text": finding.text[:MAX_TEXT]} for finding in ours[:MAX_SENT]]


def outside(public_url: str | None, port: int) -> Finding:
    """Whether programs of other machines reach the doors, and by what."""
    from sidecar.settings.public import is_loopback  # the settings tell what is wrong with them by what is below

    subject = "programs elsewhere"
    if public_url is None:
        where = f"MCP clients, scripts and agent systems of this machine call http://127.0.0.1:{port}"
        return Finding("ok", subject, f"{where}. For those of others set SIDECAR_PUBLIC_URL, with https.")
    if not public_url.startswith("https://") and not is_loopback(urlsplit(public_url).hostname or ""):
        text = f"SIDECAR_PUBLIC_URL is {public_url}: whoever is on the way can read the keys of callers. Serve it by https."
        return Finding("problem", subject, text)
    return Finding("ok", subject, f"MCP clients, scripts and agent systems call {public_url}.")


def sentences(*texts: object) -> str:
    """Texts, also those of others, as one line of sentences that end once. Empty ones are left out."""
    found = [str(text).strip() for text in texts]
    return " ".join(text if text.endswith(("!", "?", "…")) else f"{text.rstrip('. ;')}." for text in found if text)
