"""Resource objects, as the recordings have them."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

from demo.standin import times
from demo.standin.accounts import Account, Accounts
from demo.standin.content import Content, Revision
from demo.standin.fields import Bundle, Field

CONTENT_RELATIONSHIPS = ("node_type", "revision_uid", "uid")


def type_uuid(entity_type: str, bundle: str) -> str:
    """The UUID of a content type: the same on every stand-in."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://drupal.test/{entity_type}/{bundle}"))


def relationship_names(bundle: Bundle) -> list[str]:
    """Relationships of a bundle's items, in Drupal's order."""
    own = [field.name for field in bundle.fields if field.type in ("entity_reference", "image")]
    return [*(CONTENT_RELATIONSHIPS if bundle.entity_type == "node" else ("vid",)), *own]


class Documents:
    """Makes resource objects for one account. `base` is the address of the site, without a slash at the end."""

    def __init__(self, content: Content, accounts: Accounts, account: Account, base: str) -> None:
        self._content = content
        self._accounts = accounts
        self._account = account
        self._base = base

    def href(self, revision: Revision) -> str:
        """Address of an item."""
        return f"{self._base}/jsonapi/{revision.entity_type}/{revision.bundle}/{revision.uuid}"

    def item(self, revision: Revision, only: list[str] | None = None) -> dict[str, Any]:
        """One item; `only` names the fields to show."""
        href = self.href(revision)
        links = {"self": {"href": f"{href}?resourceVersion=id%3A{revision.vid}"}}
        if revision.definition.moderated:
            links["working-copy"] = {"href": f"{href}?resourceVersion={quote('rel:working-copy', safe='')}"}
            if not revision.default:
                links["latest-version"] = {"href": f"{href}?resourceVersion={quote('rel:latest-version', safe='')}"}
        item: dict[str, Any] = {
            "type": f"{revision.entity_type}--{revision.bundle}",
            "id": revision.uuid,
            "links": links,
        }
        attributes = self._attributes(revision)
        relationships = {name: self.relationship(revision, name) for name in relationship_names(revision.definition)}
        if only is not None:
            attributes = {name: value for name, value in attributes.items() if name in only}
            relationships = {name: value for name, value in relationships.items() if name in only}
        item["attributes"] = attributes
        if relationships:
            item["relationships"] = relationships
        return item

    def shown(self, revision: Revision) -> dict[str, Any]:
        """What a client makes of an item: a value by field, references as `{target_uuid, target_type}`."""
        item = self.item(revision)
        return item["attributes"] | {name: _referred(it["data"]) for name, it in item.get("relationships", {}).items()}

    def user(self, account: Account) -> dict[str, Any]:
        """A user: everyone sees the name, an account sees more of itself."""
        href = f"{self._base}/jsonapi/user/user/{account.uuid}"
        attributes: dict[str, Any] = {"display_name": "Anonymous" if account.anonymous else account.name}
        if account.uuid == self._account.uuid and not account.anonymous:
            attributes |= {
                "drupal_internal__uid": account.uid,
                "langcode": "en",
                "preferred_langcode": "en",
                "preferred_admin_langcode": None,
                "name": account.name,
                "mail": account.mail,
                "timezone": "UTC",
                "created": times.jsonapi(account.created),
                "changed": times.jsonapi(account.created),
                "default_langcode": True,
            }
        return {"type": "user--user", "id": account.uuid, "links": {"self": {"href": href}}, "attributes": attributes}

    def relationship(self, revision: Revision, name: str) -> dict[str, Any]:
        """Resource linkage of one relationship, with its links."""
        href, version = self.href(revision), f"?resourceVersion=id%3A{revision.vid}"
        links = {
            "related": {"href": f"{href}/{name}{version}"},
            "self": {"href": f"{href}/relationships/{name}{version}"},
        }
        return {"data": self._linkage(revision, name), "links": links}

    def related(self, revision: Revision, name: str) -> list[dict[str, Any]]:
        """The resource objects that a relationship leads to."""
        if name in ("uid", "revision_uid"):
            account = self._accounts.by_uuid(revision.owner if name == "uid" else revision.author)
            return [self.user(account)] if account else []
        field = revision.definition.field(name)
        if field is None or field.target is None:
            return []
        found = (self._content.default(target, *field.target) for target in revision.fields.get(name) or [])
        return [self.item(target) for target in found if target is not None]

    def _linkage(self, revision: Revision, name: str) -> Any:
        if name in ("node_type", "vid"):
            kind = "node_type--node_type" if name == "node_type" else "taxonomy_vocabulary--taxonomy_vocabulary"
            return _identifier(kind, type_uuid(revision.entity_type, revision.bundle), revision.bundle)
        if name in ("uid", "revision_uid"):
            account = self._accounts.by_uuid(revision.owner if name == "uid" else revision.author)
            return _identifier("user--user", account.uuid, account.uid) if account else None
        field = revision.definition.field(name)
        return None if field is None or field.target is None else self._references(revision, field, field.target)

    def _references(self, revision: Revision, field: Field, target: tuple[str, str]) -> list[dict[str, Any]]:
        found = (self._content.default(uuid, *target) for uuid in revision.fields.get(field.name) or [])
        return [_identifier("--".join(target), item.uuid, item.id) for item in found if item is not None]

    def _attributes(self, revision: Revision) -> dict[str, Any]:
        common = {
            "langcode": revision.langcode,
            "status": revision.published,
            "changed": times.jsonapi(revision.changed),
            "default_langcode": True,
            "revision_translation_affected": True,
            "path": {"alias": None, "pid": None, "langcode": revision.langcode},
        }
        for field in revision.definition.fields:
            if field.type == "string":
                common[field.name] = revision.fields.get(field.name)
            elif field.type == "text_with_summary":
                text = revision.fields.get(field.name)
                common[field.name] = text and {**text, "processed": text["value"]}
        return common | (self._node(revision) if revision.entity_type == "node" else self._term(revision))

    def _node(self, revision: Revision) -> dict[str, Any]:
        attributes: dict[str, Any] = {
            "drupal_internal__nid": revision.id,
            "drupal_internal__vid": revision.vid,
            "moderation_state": revision.state,
            "revision_timestamp": times.jsonapi(revision.changed),
            "created": times.jsonapi(revision.created),
            "promote": True,
            "sticky": False,
        }
        if self._account.may("view all revisions"):
            attributes["revision_log"] = revision.log
        if revision.bundle == "article":
            attributes["comment"] = {
                "status": 2,
                "cid": 0,
                "last_comment_timestamp": 0,
                "last_comment_name": None,
                "last_comment_uid": 0,
                "comment_count": 0,
            }
        return attributes

    def _term(self, revision: Revision) -> dict[str, Any]:
        return {
            "drupal_internal__tid": revision.id,
            "drupal_internal__revision_id": revision.vid,
            "revision_created": times.jsonapi(revision.created),
            "weight": 0,
        }


def _identifier(type: str, id: str, target: int | str) -> dict[str, Any]:
    return {"type": type, "id": id, "meta": {"drupal_internal__target_id": target}}


def _referred(data: Any) -> Any:
    if isinstance(data, list):
        return [_referred(item) for item in data]
    return data and {"target_uuid": data["id"], "target_type": data["type"]}
