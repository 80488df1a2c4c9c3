"""Which limits hold for a run: those of its job, lowered by the settings of this sidecar.

Drupal resolves the agent's limits over the site's into the job, and judges by them. What is set here may only lower them; vectors `limits`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Limits = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class SidecarLimits:
    """`lowered`: what the settings say, by site; 0: nothing. `defaults`: for jobs that say nothing, where the settings do not either."""

    lowered: Mapping[str, Limits] = field(default_factory=dict)
    defaults: Limits = field(default_factory=dict)

    def hold(self, job: dict[str, Any]) -> dict[str, Any]:
        """The job with the limits that hold for its run."""
        binding = job["agent"]["binding"]
        limits = resolve(binding.get("limits") or {}, self.lowered.get(job["site"], {}), self.defaults)
        return {**job, "agent": {**job["agent"], "binding": {**binding, "limits": limits}}}


def resolve(own: Mapping[str, Any], lowered: Limits, defaults: Limits) -> dict[str, Any]:
    """The limits of a job, none higher than `lowered`; `defaults` where neither says anything. 0 or absent: no limit."""
    held = {name: value for name, value in own.items() if value}
    for name, most in lowered.items():
        if most:
            held[name] = min(held.get(name, most), most)
    return {name: value for name, value in defaults.items() if value and name not in lowered} | held
