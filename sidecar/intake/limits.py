"""Which limits hold for a run: those of its job, lowered by the settings of this sidecar.

Drupal resolves the agent's limits over the site's into the job, and judges by them. What is set here may only lower them. Done once, when a job
is accepted: what is stored with the run says what holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sidecar.runs.job import Job

Amounts = Mapping[str, int]
"""Amounts by the names of limits."""


@dataclass(frozen=True, slots=True)
class SidecarLimits:
    """`lowered`: what the settings say, by site; 0: nothing. `defaults`: for jobs that say nothing, where the settings do not either."""

    lowered: Mapping[str, Amounts] = field(default_factory=dict[str, Amounts])
    defaults: Amounts = field(default_factory=dict[str, int])

    def hold(self, job: Job) -> Job:
        """The job with the limits that hold for its run."""
        return job.limited(job.agent.limits.within(self.lowered.get(job.site, {}), self.defaults))
