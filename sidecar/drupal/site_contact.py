"""Notes how a site answers the reports of this process, seldom enough to cost nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from sidecar.errors import DrupalError
from sidecar.runs.contact import Contact

NOTE_SECONDS = 5.0
MAX_DETAIL = 500


class ContactStore(Protocol):
    """The part of the store that is needed."""

    async def note(self, site: str, contact: Contact) -> None: ...


class ContactNote:
    """Of one process and one site. `clock` is Unix seconds."""

    def __init__(self, store: ContactStore, site: str, process: str, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._site = site
        self._clock = clock
        self._contact = Contact(process, 0.0)

    async def taken(self) -> None:
        """The site took a report. Raises StoreUnavailable."""
        now = self._clock()
        await self._note(Contact(self._contact.process, now, taken=now))

    async def refused(self, error: DrupalError) -> None:
        """The site refused a report, or did not answer. Raises StoreUnavailable."""
        now, before = self._clock(), self._contact
        contact = replace(before, tried=now, refused_since=before.refused_since or now)
        if error.code != "breaker_open":  # that one repeats what the site said
            contact = replace(contact, status=error.status, code=error.code, detail=str(error)[:MAX_DETAIL])
        await self._note(contact)

    async def _note(self, contact: Contact) -> None:
        before = self._contact
        same = (contact.refused_since, contact.code) == (before.refused_since, before.code)
        if not same or contact.tried - before.tried >= NOTE_SECONDS:
            self._contact = contact
            await self._store.note(self._site, contact)
