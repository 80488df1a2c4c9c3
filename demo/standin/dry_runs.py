"""Test runs: what they draft is kept with the change and not saved. A further draft of the same run goes on from it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from demo.standin.content import Revision
from demo.standin.store import Row, Store

NO_ITEM = 0
"""The number of an item that only a test run has made."""
FIRST = 1
"""What stands for the revision of such an item."""


def drafted(store: Store, run: Row, entity: str | None) -> dict[str, Any] | None:
    """The fields that the run's present generation has drafted of an item; None: it has drafted nothing of it."""
    sql = "SELECT drafted FROM change WHERE run = ? AND generation = ? AND entity = ? ORDER BY id DESC LIMIT 1"
    last = store.one(sql, (run["uuid"], run["generation"], entity))
    return None if last is None else json.loads(last["drafted"])


def laid_over(store: Store, run: Row, request: dict[str, Any], latest: Revision | None) -> Revision | None:
    """The item as a further draft of the run goes on from it. None: there is no such item, and the run has made none."""
    fields = drafted(store, run, request.get("entity"))
    if fields is None:
        return latest
    if latest is not None:
        return replace(latest, fields=latest.fields | fields)
    return unsaved(store, request, fields)


def unsaved(store: Store, request: dict[str, Any], fields: dict[str, Any], base: Revision | None = None) -> Revision:
    """A draft that was not saved: of an item that is there (`base`), or of one that only the run knows."""
    if base is not None:
        return replace(base, fields=base.fields | fields, state="draft", published=False)
    now = store.clock()
    return Revision(
        vid=FIRST,
        id=NO_ITEM,
        uuid=request.get("entity") or store.new_uuid(),
        entity_type=request["entity_type"],
        bundle=request["bundle"],
        state="draft",
        published=False,
        default=False,
        latest=False,
        fields=fields,
        author="",
        owner="",
        log=None,
        langcode=request.get("langcode") or "en",
        created=now,
        changed=now,
    )
