"""Content with revisions and moderation: the editorial workflow of the standard profile.

A *default* revision is what visitors see. A draft on top of published content is *pending*: newer than the default revision, and not it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from demo.standin.accounts import Account
from demo.standin.fields import BUNDLES, Bundle, Violation
from demo.standin.store import Row, Store

WORKFLOW = "Editorial workflow"
STATES = {"draft": "Draft", "published": "Published", "archived": "Archived"}
TRANSITIONS = {
    ("draft", "draft"): "create_new_draft",
    ("published", "draft"): "create_new_draft",
    ("draft", "published"): "publish",
    ("published", "published"): "publish",
    ("published", "archived"): "archive",
    ("archived", "draft"): "archived_draft",
    ("archived", "published"): "archived_published",
}


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision of one item; `default` is what visitors see, `latest` the newest. Times are Unix seconds."""

    vid: int
    id: int
    uuid: str
    entity_type: str
    bundle: str
    state: str
    published: bool
    default: bool
    latest: bool
    fields: dict[str, Any]
    author: str
    owner: str
    log: str | None
    langcode: str
    created: float
    changed: float

    @property
    def definition(self) -> Bundle:
        """Its bundle's fields."""
        return BUNDLES[self.entity_type, self.bundle]

    @property
    def label(self) -> str:
        """Its title."""
        return str(self.fields.get(self.definition.label_field) or "")

    @property
    def url(self) -> str:
        """Path of the item on the site."""
        return f"/{self.entity_type.replace('_', '/')}/{self.id}"


QUERY = """SELECT r.*, e.id AS eid, e.uuid, e.entity_type, e.bundle, e.owner, e.langcode, e.created, e.default_revision, e.latest_revision
  FROM revision r JOIN entity e ON e.id = r.entity """


class Content:
    """The items of the site."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def default(self, uuid: str, entity_type: str | None = None, bundle: str | None = None) -> Revision | None:
        """The default revision of an item."""
        return self._find("e.default_revision = r.vid", uuid, entity_type, bundle)

    def latest(self, uuid: str, entity_type: str | None = None, bundle: str | None = None) -> Revision | None:
        """The newest revision of an item, pending or not."""
        return self._find("e.latest_revision = r.vid", uuid, entity_type, bundle)

    def revision(self, vid: int) -> Revision | None:
        """The revision with that number."""
        row = self._store.one(QUERY + "WHERE r.vid = ?", (vid,))
        return None if row is None else _revision(row)

    def by_number(self, entity_type: str, number: int, *, latest: bool = False) -> Revision | None:
        """The default (or the newest) revision of the item with that serial number."""
        row = self._store.one("SELECT uuid FROM entity WHERE id = ? AND entity_type = ?", (number, entity_type))
        if row is None:
            return None
        return self.latest(row["uuid"]) if latest else self.default(row["uuid"])

    def all(self, entity_type: str, bundle: str) -> list[Revision]:
        """The default revisions of a bundle, in the order that a query without a sort has: by revision number."""
        sql = QUERY + "WHERE e.default_revision = r.vid AND e.entity_type = ? AND e.bundle = ? ORDER BY r.vid"
        return [_revision(row) for row in self._store.all(sql, (entity_type, bundle))]

    def exists(self, entity_type: str, bundle: str, uuids: Iterable[str]) -> bool:
        """Whether all of these items are there."""
        return all(self.default(uuid, entity_type, bundle) for uuid in uuids)

    def create(
        self,
        bundle: Bundle,
        fields: dict[str, Any],
        *,
        state: str,
        author: str,
        uuid: str | None = None,
        log: str | None = None,
    ) -> Revision:
        """Store a new item. Its first revision is the default one, published or not."""
        with self._store.transaction():
            number = self._store.run(
                "INSERT INTO entity (uuid, entity_type, bundle, owner, created) VALUES (?, ?, ?, ?, ?)",
                (uuid or self._store.new_uuid(), bundle.entity_type, bundle.id, author, self._store.clock()),
            )
            empty = {field.name: [] if field.type == "entity_reference" else None for field in bundle.fields}
            return self._save(number, empty | fields, state, author, log, default=True)

    def revise(
        self, base: Revision, fields: dict[str, Any], *, state: str, author: str, log: str | None = None
    ) -> Revision:
        """Store a new revision on top of `base`: pending when it is a draft and visitors see a published one."""
        with self._store.transaction():
            current = self.default(base.uuid)
            pending = state == "draft" and current is not None and current.published
            return self._save(base.id, base.fields | fields, state, author, log, default=not pending)

    def delete(self, uuid: str) -> None:
        """Delete an item with all its revisions, as an editor would."""
        with self._store.transaction():
            self._store.run("DELETE FROM revision WHERE entity IN (SELECT id FROM entity WHERE uuid = ?)", (uuid,))
            self._store.run("DELETE FROM entity WHERE uuid = ?", (uuid,))

    def _save(
        self, number: int, fields: dict[str, Any], state: str, author: str, log: str | None, *, default: bool
    ) -> Revision:
        vid = self._store.run(
            "INSERT INTO revision (entity, state, published, fields, author, log, changed) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                number,
                state,
                state == "published",
                json.dumps(fields, ensure_ascii=False),
                author,
                log,
                self._store.clock(),
            ),
        )
        self._store.run("UPDATE entity SET latest_revision = ? WHERE id = ?", (vid, number))
        if default:
            self._store.run("UPDATE entity SET default_revision = ? WHERE id = ?", (vid, number))
        revision = self.revision(vid)
        assert revision is not None
        return revision

    def _find(self, which: str, uuid: str, entity_type: str | None, bundle: str | None) -> Revision | None:
        row = self._store.one(QUERY + f"WHERE {which} AND e.uuid = ?", (uuid,))
        if (
            row is None
            or (entity_type or row["entity_type"]) != row["entity_type"]
            or (bundle or row["bundle"]) != row["bundle"]
        ):
            return None
        return _revision(row)


def transition_violation(account: Account, before: str, after: str) -> Violation | None:
    """What the workflow says against going from one state to another."""
    if after not in STATES:
        return Violation("moderation_state", f"State {after} does not exist on {WORKFLOW}")
    transition = TRANSITIONS.get((before, after))
    if transition is None:
        return Violation("moderation_state", f"Invalid state transition from {STATES[before]} to {STATES[after]}")
    if not account.may(f"use editorial transition {transition}"):
        message = f"You do not have access to transition from {STATES[before]} to {STATES[after]}"
        return Violation("moderation_state", message)
    return None


def _revision(row: Row) -> Revision:
    return Revision(
        vid=row["vid"],
        id=row["eid"],
        uuid=row["uuid"],
        entity_type=row["entity_type"],
        bundle=row["bundle"],
        state=row["state"],
        published=bool(row["published"]),
        default=row["default_revision"] == row["vid"],
        latest=row["latest_revision"] == row["vid"],
        fields=json.loads(row["fields"]),
        author=row["author"],
        owner=row["owner"],
        log=row["log"],
        langcode=row["langcode"],
        created=row["created"],
        changed=row["changed"],
    )
