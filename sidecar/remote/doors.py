"""What every door for people and programs from outside shares: one for each process, `Context.remote`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sidecar.drupal.client import DrupalSite
from sidecar.remote.caller import Caller
from sidecar.remote.dispatch import Dispatches
from sidecar.remote.following import LiveEvents, LiveRuns
from sidecar.remote.site import SiteAsCaller
from sidecar.remote.streams import EVERY_SECONDS
from sidecar.remote.who import Who


@dataclass(frozen=True, slots=True)
class Remote:
    """`who` says who somebody is, `of` is the site as this one, `dispatches` starts agents once."""

    sites: Mapping[str, DrupalSite]
    who: Who
    dispatches: Dispatches
    live: LiveRuns
    watch: LiveEvents
    confirm_seconds: float = EVERY_SECONDS
    """How often it is asked whether an answer may stay open."""

    def of(self, caller: Caller) -> SiteAsCaller:
        """The caller's site, asked as the caller."""
        return SiteAsCaller(self.sites[caller.site], caller, self.live, self.watch, self.who)
