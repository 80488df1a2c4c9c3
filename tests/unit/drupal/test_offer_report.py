"""The site is told once which models there are, and again when that changes or when it has forgotten."""

from __future__ import annotations

from typing import Any, cast

import pytest

from sidecar.drupal.offer_report import LOOK_SECONDS, OfferReport
from sidecar.errors import DrupalError, DrupalUnavailable
from sidecar.runs.offered import Offer, Provider, document_of


class Parts:
    """A report and its surroundings."""

    now = 1000.0

    def __init__(self, *providers: Provider) -> None:
        self.providers = providers
        self.told: list[dict[str, Any]] = []
        self.error: Exception | None = None
        self.report = OfferReport(self, "default", "me", lambda: self.now)

    async def all(self, site: str) -> list[Offer]:
        return [Offer("w", self.now, self.providers)] if self.providers else []

    async def signed(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        assert path == "events"
        if self.error:
            raise self.error
        self.told.append(body)
        return {"models": body["models"]["version"]}

    async def tell(self) -> None:
        """A look later."""
        self.now += LOOK_SECONDS
        await self.report.tell(cast(Any, self))


WORKS = Provider("local", "local", "unneeded", "works")
REFUSED = Provider("local", "local", "unneeded", "key_refused")


async def test_it_is_told_once_and_again_when_it_changes_or_is_lost() -> None:
    parts = Parts(WORKS)
    parts.report.site_has("")
    for _ in range(3):
        await parts.tell()
    assert [body["models"] for body in parts.told] == [document_of(await parts.all(""), parts.now)]
    assert (parts.told[0]["runs"], parts.told[0]["sender"]) == ([], "me")
    parts.providers = (REFUSED,)
    await parts.tell()
    assert len(parts.told) == 2
    parts.report.site_has("")  # restored from a backup
    await parts.tell()
    assert len(parts.told) == 3


async def test_an_older_module_and_a_sidecar_without_workers_say_nothing() -> None:
    parts = Parts(WORKS)
    parts.report.site_has(None)
    await parts.tell()
    empty = Parts()
    empty.report.site_has("")
    await empty.tell()
    assert parts.told + empty.told == []


async def test_what_the_site_refuses_is_not_told_again_and_no_end_waits_for_it() -> None:
    """Reports go on whatever the site thinks of this."""
    parts = Parts(WORKS)
    parts.report.site_has("")
    parts.error = DrupalError({"status": 422, "code": "invalid"})
    await parts.tell()
    parts.error = None
    await parts.tell()
    assert parts.told == []
    parts.providers = (REFUSED,)
    await parts.tell()
    assert len(parts.told) == 1


@pytest.mark.parametrize("error", [DrupalUnavailable({"status": 503}), DrupalError({"status": 401})])
async def test_a_site_that_is_down_is_told_later(error: DrupalError) -> None:
    parts = Parts(WORKS)
    parts.report.site_has("")
    parts.error = error
    with pytest.raises(DrupalError):
        await parts.tell()
    parts.error = None
    await parts.tell()
    assert len(parts.told) == 1
