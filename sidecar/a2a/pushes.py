"""Push notification configurations: where a caller wants to hear how its task stands. Each account has its own, ten for a task at most."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from sidecar import log
from sidecar.a2a.documents import PushConfig, State
from sidecar.a2a.errors import A2AError, Fault
from sidecar.a2a.states import FINAL, state_of
from sidecar.a2a.tasks import context_of
from sidecar.a2a.told import Told
from sidecar.json_text import JSON, members
from sidecar.remote.documents import RunFacts
from sidecar.seal import Seal, Unreadable
from sidecar.store.pushes import Place

MOST = 10
UNREADABLE = (
    "A configuration for push notifications was sealed with a secret of the site that is no longer in the settings."
)
_IDS = uuid.UUID("0d3a2f1e-5b0c-5c52-8a55-7f5e0b7f6f0a")
_log = log.get(__name__)


class Screen(Protocol):
    """Says why an address may not be used (notify/sending.py); empty: it may."""

    async def screen(self, url: str) -> str: ...


class KeptPushes(Protocol):
    """Where configurations are kept (store/pushes.py)."""

    async def save(self, site: str, place: Place, sealed: str, told: Mapping[str, JSON], most: int) -> bool: ...

    async def read(self, site: str, place: Place) -> tuple[str, dict[str, JSON]] | None: ...

    async def all(self, site: str, run: str, account: str) -> dict[str, str]: ...

    async def delete(self, site: str, place: Place) -> None: ...


@dataclass(frozen=True, slots=True)
class PushConfigs:
    """Those of one account. Who asks has seen the run: that is asked before. Raises StoreUnavailable."""

    kept: KeptPushes
    seal: Seal
    screen: Screen
    site: str
    account: str

    async def check(self, config: PushConfig) -> None:
        """Refuse an address to which nothing is sent, with one answer whatever is wrong: what is in this network is nobody's business."""
        if why := await self.screen.screen(config.url):
            _log.warning(f"An address for push notifications is refused. {why}", action="push_refused", site=self.site)
            raise A2AError(
                Fault.PARAMS,
                "url: nothing is sent to this address. It must be https:// and public, unless the operator of the sidecar allows its host.",
            )

    async def begin(self, run: RunFacts, config: PushConfig, *, from_start: bool = False) -> dict[str, JSON]:
        """Tell from now on how the run stands, or also what has happened since its start. The address was checked."""
        id = config.id or str(uuid.uuid5(_IDS, f"{run.id}\n{config.url}"))
        told = Told(0, State.SUBMITTED) if from_start else Told(run.last_seq, state_of(run))
        told = told.since(time.time())
        said = config.model_copy(update={"id": id}).json_object() | {"taskId": run.id, "contextId": context_of(run)}
        place = self._place(run, id)
        if not await self.kept.save(self.site, place, sealed(self.seal, place, said), told.document(), MOST):
            raise A2AError(
                Fault.PARAMS, f"A task has at most {MOST} configurations. Delete one, or give the id of one."
            )
        return shown(said)

    async def create(self, run: RunFacts, config: PushConfig) -> dict[str, JSON]:
        """CreateTaskPushNotificationConfig."""
        if state_of(run) in FINAL:
            raise A2AError(Fault.UNSUPPORTED, "The task has ended: there is nothing more to tell. Use GetTask.")
        await self.check(config)
        return await self.begin(run, config)

    async def get(self, run: RunFacts, id: str) -> dict[str, JSON]:
        """GetTaskPushNotificationConfig."""
        place = self._place(run, id)
        try:
            found = await self.kept.read(self.site, place)
            if found is not None:
                return shown(opened(self.seal, place, found[0]))
        except Unreadable:
            _log.warning(UNREADABLE, action="push_unreadable", site=self.site, run=run.id)
        raise A2AError(Fault.NO_TASK, "The task has no such configuration of yours.")

    async def list(self, run: RunFacts) -> dict[str, JSON]:
        """ListTaskPushNotificationConfigs."""
        configs: list[dict[str, JSON]] = []
        for id, text in (await self.kept.all(self.site, run.id, self.account)).items():
            try:
                configs.append(shown(opened(self.seal, self._place(run, id), text)))
            except Unreadable:
                _log.warning(UNREADABLE, action="push_unreadable", site=self.site, run=run.id)
        return {"configs": configs, "nextPageToken": ""}

    async def delete(self, run: RunFacts, id: str) -> dict[str, JSON]:
        """DeleteTaskPushNotificationConfig: also of one that is gone already."""
        await self.kept.delete(self.site, self._place(run, id))
        return {}

    def _place(self, run: RunFacts, id: str) -> Place:
        return Place(run.id, self.account, id)


def seal_of(keys: Iterable[bytes], site: str) -> Seal:
    """What seals the configurations of a site, made of its secrets."""
    return Seal(keys, f"a2a-push\n{site}")


def sealed(seal: Seal, place: Place, config: Mapping[str, JSON]) -> str:
    """A configuration as it is kept: its address and credentials can be read by who has the site's secret."""
    return seal.seal(json.dumps(config), place.member)


def opened(seal: Seal, place: Place, text: str) -> dict[str, JSON]:
    """The same, to be used. Raises Unreadable."""
    return json.loads(seal.open(text, place.member))


def shown(config: Mapping[str, JSON]) -> dict[str, JSON]:
    """A configuration without what only its receiver is to know."""
    answer = {name: config[name] for name in ("id", "taskId", "url")}
    if scheme := members(config.get("authentication")).get("scheme"):
        answer["authentication"] = {"scheme": scheme}
    return answer
