"""What people say who send a run's drafts back (contracts/job, `review`): round, remarks, and the drafts as they are now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sidecar.json_text import JSON, members


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One round. `remarks` are what people say to the agent, `earlier` what they said in the rounds before; `drafts` is data."""

    round: int
    by: str = ""
    remarks: tuple[Mapping[str, str], ...] = ()
    drafts: tuple[Mapping[str, JSON], ...] = ()
    earlier: tuple[Mapping[str, JSON], ...] = field(default_factory=tuple[Mapping[str, JSON], ...])

    @classmethod
    def of(cls, document: JSON) -> Review | None:
        """From `review` of a job; None: nobody sent anything back."""
        said = members(document)
        if not said:
            return None
        return cls(
            round=int(said.get("round") or 1),
            by=said.get("by") or "",
            remarks=tuple(said.get("remarks") or ()),
            drafts=tuple(said.get("drafts") or ()),
            earlier=tuple(said.get("earlier") or ()),
        )

    def told(self) -> dict[str, JSON]:
        """What the event says with which this generation begins."""
        return {"round": self.round} | ({"by": self.by} if self.by else {})
