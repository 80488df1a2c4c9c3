"""The keys of model providers: those of the settings, and those that sites lend. What a site lends is in memory alone."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from sidecar import log
from sidecar.errors import ContractError, DrupalError, DrupalUnavailable, SettingsError
from sidecar.redact import Redactor
from sidecar.runs.offered import Key
from sidecar.settings import Settings

_log = log.get(__name__)

ASK_EVERY_SECONDS = 300.0
"""A key that was chosen in a site, or changed there, is used after so long at the latest."""
AGAIN_SECONDS = 60.0
"""A site is not asked more often, whatever happens."""
LOOK_SECONDS = 6.0
"""Whoever looks does so within this time."""


class Ask(Protocol):
    """Asks a site for the keys of some providers (contracts/keys). Raises DrupalError, or ContractError for an answer that is none."""

    def __call__(self, site: str, providers: list[str]) -> Awaitable[dict[str, str]]: ...


@dataclass(slots=True)
class _Lent:
    """What one site lends. Monotonic seconds; `answered`: whether the site ever said what it lends."""

    keys: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    answered: bool = False
    asked: float = float("-inf")
    wanted: bool = False
    doubted: set[str] = field(default_factory=set[str])
    """Keys that were refused and not asked for since."""
    bad: set[str] = field(default_factory=set[str])
    """Keys that were refused, and that the site lends all the same."""
    trouble: str = ""


class Keys:
    """Of one process. A key in the settings comes before one that a site lends, which serves the runs of that site alone.

    `names`: what keys may be lent for; `ask` None: no site is asked."""

    def __init__(
        self,
        settings: Settings,
        redact: Redactor,
        names: list[str] | None = None,
        ask: Ask | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._redact = redact
        self._names = [name for name in names or [] if not self.own(name)]
        self._ask = ask
        self._clock = clock
        self._lent: dict[str, _Lent] = {site: _Lent() for site in settings.sites} if ask else {}

    def own(self, name: str) -> str:
        """The key of a provider or an endpoint in the settings; empty: there is none."""
        endpoint = self._settings.endpoints.get(name)
        secret = endpoint.api_key if endpoint else self._settings.model_keys.get(name)
        return secret.get_secret_value() if secret else ""

    def of(self, name: str, site: str = "") -> str:
        """The key for the runs of a site; empty: there is none."""
        lent = self._lent.get(site)
        return self.own(name) or (lent.keys.get(name, "") if lent else "")

    def source(self, name: str, site: str, needed: bool) -> Key:
        """Where the key for the runs of a site comes from."""
        if self.own(name):
            return "settings"
        if self.of(name, site):
            return "site"
        return "missing" if needed else "unneeded"

    def required(self, name: str, site: str = "") -> str:
        """The key, which must be there. Raises SettingsError, or DrupalUnavailable while the site has not said yet whether it lends one."""
        if key := self.of(name, site):
            return key
        lent = self._lent.get(site)
        if lent is not None:
            lent.wanted = True
            if not lent.answered and lent.trouble:
                detail = f"The site has not lent its key for {name} yet: {lent.trouble}"
                raise DrupalUnavailable({"status": 503, "code": "keys_unavailable", "detail": detail})
        raise SettingsError(
            f"There is no key for {name}: set {name.upper()}_API_KEY, or model_keys.{name} in the sidecar's settings, or choose a key in "
            "the settings of the site."
        )

    def refused(self, name: str, site: str) -> float | None:
        """A provider refused a key that a site lends: it is asked for another one. Seconds after which the request may be made again; None: it
        may not, for the site has no other key, or it is not its own."""
        lent = self._lent.get(site)
        if lent is None or self.own(name) or name not in lent.keys:
            return None
        lent.wanted = True
        if name in lent.bad:
            return None
        lent.doubted.add(name)
        return max(0.0, lent.asked + AGAIN_SECONDS - self._clock()) + LOOK_SECONDS

    def accepted(self, name: str, site: str) -> None:
        """A provider took the key."""
        if lent := self._lent.get(site):
            lent.doubted.discard(name)
            lent.bad.discard(name)

    async def look(self) -> set[str]:
        """Ask those sites that are due: at the start, every five minutes, and when a key is wanted, once a minute at most. Returns the sites
        whose keys are others now."""
        return {site for site, lent in self._lent.items() if self._due(lent) and await self._fetch(site, lent)}

    def _due(self, lent: _Lent) -> bool:
        pause = AGAIN_SECONDS if lent.wanted or not lent.answered else ASK_EVERY_SECONDS
        return bool(self._names) and self._clock() - lent.asked >= pause

    async def _fetch(self, site: str, lent: _Lent) -> bool:
        assert self._ask is not None
        lent.asked, lent.wanted = self._clock(), False
        try:
            found = await self._ask(site, self._names)
        except (DrupalError, ContractError) as error:
            if isinstance(error, DrupalError) and error.code == "not_found":
                return self._take(lent, {})  # an older module lends none
            if str(error) != lent.trouble:
                _log.warning(f"The site does not say which keys it lends: {error}", action="keys_unknown", site=site)
            lent.trouble = str(error)
            return False
        return self._take(lent, found)

    def _take(self, lent: _Lent, found: dict[str, str]) -> bool:
        found = {name: key for name, key in found.items() if name in self._names}
        changed = {name for name in {*found, *lent.keys} if found.get(name) != lent.keys.get(name)}
        lent.bad = (lent.bad | lent.doubted) - changed
        lent.doubted = set()
        self._redact.learn(found.values())
        log.learn(found.values())
        lent.keys, lent.answered, lent.trouble = found, True, ""
        return bool(changed)
