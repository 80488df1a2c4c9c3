"""What the parts of a process share: made by `resources`, read by the doors."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sidecar.drupal.site_identity import base_url_in, copy_refused
from sidecar.errors import DrupalError
from sidecar.runs.watch import Watch
from sidecar.settings import Settings
from sidecar.store import Store

if TYPE_CHECKING:
    from sidecar.drupal.client import DrupalSite
    from sidecar.intake.accept import Hallway
    from sidecar.intake.schedules import Schedules
    from sidecar.notify.sending import Sender
    from sidecar.notify.webhooks import Webhooks
    from sidecar.remote.doors import Remote


@dataclass(frozen=True, slots=True)
class Context:
    """One process of the sidecar. `name` is unique among all processes."""

    name: str
    settings: Settings
    store: Store
    sites: dict[str, DrupalSite]
    hallway: Hallway
    watch: Watch
    remote: Remote
    """Callers from outside: who they are, and what they ask of the sites."""
    recovering: set[str] = field(default_factory=set)
    """Sites whose unfinished runs are not yet all claimed again."""
    schedules: dict[str, Schedules] = field(default_factory=dict)
    """The clock of each site whose schedules this process fires."""

    webhooks: dict[str, Webhooks] = field(default_factory=dict)
    """What sends the webhooks of each site from this process."""

    def webhooks_of(self, site: str) -> Webhooks:
        """What sends a site's webhooks from this process: one, whoever asks first."""
        from sidecar.notify.webhooks import Webhooks

        if site not in self.webhooks:
            self.webhooks[site] = Webhooks(self.sites[site], self.sender(), self.caller_sender())
        return self.webhooks[site]

    def sender(self) -> Sender:
        """What sends messages to addresses that an administrator of a site has chosen."""
        from sidecar.notify.sending import Sender

        return Sender(self.settings.allowed_private_hosts)

    def caller_sender(self) -> Sender:
        """What sends messages to addresses that a caller has chosen, or the owner of a dispatch key."""
        from sidecar.notify.sending import CALLERS_SETTING, Sender

        return Sender(self.settings.allowed_private_hosts_for_callers, setting=CALLERS_SETTING, discreet=True)

    def clock_of(self, site: str) -> Schedules:
        """The clock of a site's schedules in this process: one, whoever asks first."""
        from sidecar.intake.schedules import Schedules

        return self.schedules.setdefault(site, Schedules(self.sites[site]))

    async def site_of(self, run: str) -> str | None:
        """The site a run belongs to, or None."""
        return await self.store.reading.find(run, self.site_ids)

    async def retry(self, run: str, data: dict[str, Any], among: Collection[str] | None = None) -> dict[str, Any]:
        """Has Drupal retry an ended run, since a new generation is made there and nowhere else; the run as it is then (contracts/run).

        `data`: from_step, id, note. `among`: sites that it may be of; None: any.
        Drupal knows runs that Redis has forgotten: then each site is asked until one knows the run.
        Raises DrupalError (`not_found`: none does), DrupalUnavailable, StoreUnavailable."""
        sites = list(self.site_ids if among is None else among)
        own = await self.store.reading.find(run, sites)
        unknown = DrupalError({"status": 404, "code": "not_found", "detail": f"No site has a run {run}."})
        for site in [own] if own else sites:
            try:
                return await self.sites[site].signed(f"runs/{run}/retry", data)
            except DrupalError as error:
                if error.status != 404:
                    raise
        raise unknown

    async def serves(self, site: str, document: dict[str, Any]) -> None:
        """Whether a signed document is from the site that is served under this id. Raises DrupalError (`wrong_site`) when it is from another
        one, such as a copy; DrupalUnavailable when nothing is known of the site yet and it cannot be asked."""
        known, told = await self.store.identities.known_site(site), base_url_in(document)
        if not known and known != told:  # also: the site may just have been given a base URL
            await self.sites[site].signed("status")
            known = await self.store.identities.known_site(site)
        if known is not None and known != told:
            raise copy_refused(site, known, told)

    @property
    def site_ids(self) -> Iterable[str]:
        """All sites, in the order of the settings."""
        return list(self.sites)
