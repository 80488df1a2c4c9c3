"""POST, PATCH and DELETE of content through JSON:API, with what Drupal checks and what it does not (facts 1 to 13).

For people and plain accounts: this is Drupal without the module. Agents (requests with a run token) do not get here: they write by
the draft endpoint.
"""

from __future__ import annotations

import json
import re
from typing import Any

from demo.standin.accounts import Account
from demo.standin.content import Content, Revision, transition_violation
from demo.standin.fields import CHOICE, Bundle, Violation, check
from demo.standin.jsonapi.errors import JsonApiError

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PROTECTED = ("created", "promote", "sticky", "revision_timestamp")
STATUS_REASON = " Cannot edit the published field of moderated entities."
RELATIONSHIPS = ("uid", "revision_uid", "node_type")


class Writer:
    """Writes of one request. `method` is POST or PATCH, for the messages."""

    def __init__(self, content: Content, account: Account, bundle: Bundle, method: str) -> None:
        self._content = content
        self._account = account
        self._bundle = bundle
        self._method = method

    def create(self, body: bytes) -> Revision:
        """A new item. Raises JsonApiError."""
        data = _data(body)
        self._check_create_access()
        fields, meta = self._read(data)
        uuid = data.get("id")
        if uuid is not None and not (isinstance(uuid, str) and UUID.fullmatch(uuid)):
            raise JsonApiError(
                422, f"IDs should be properly generated and formatted UUIDs as described in RFC 4122 ({uuid})."
            )
        if uuid and self._content.latest(uuid) is not None:
            raise JsonApiError(409, "Conflict: Entity already exists.")
        state = meta.get("moderation_state", "draft") if self._bundle.moderated else "published"
        wrong = [
            v for field in self._bundle.fields for v in check(field, fields.get(field.name), self._account.formats)
        ]
        wrong += self._state_violations("draft", meta)
        if wrong:
            raise JsonApiError(422, violations=wrong)
        return self._content.create(
            self._bundle, fields, state=state, author=self._account.uuid, uuid=uuid, log=meta.get("revision_log")
        )

    def update(self, item: Revision, body: bytes) -> Revision:
        """A new revision of `item` (its default revision). Without a state it keeps the state, published or not (fact 1)."""
        self._check_edit_access()
        data = _data(body)
        if data.get("id") != item.uuid:
            message = f"The selected entity ({item.uuid}) does not match the ID in the payload ({data.get('id')})."
            raise JsonApiError(400, message)
        latest = self._content.latest(item.uuid)
        if latest is not None and not latest.default:
            detail = "Updating a resource object that has a working copy is not yet supported."
            raise JsonApiError(400, f"{detail} See https://www.drupal.org/project/drupal/issues/2795279.")
        fields, meta = self._read(data)
        wrong = [
            violation
            for name, value in fields.items()
            if (field := self._bundle.field(name)) is not None
            for violation in check(field, value, self._account.formats)
        ]
        wrong += self._state_violations(item.state, meta)
        if wrong:
            raise JsonApiError(422, violations=wrong)
        state = meta.get("moderation_state", item.state)
        return self._content.revise(item, fields, state=state, author=self._account.uuid, log=meta.get("revision_log"))

    def delete(self, item: Revision) -> None:
        """Delete an item."""
        permission = f"delete any {item.bundle} content"
        if not self._account.may(permission):
            raise JsonApiError(403, f"The '{permission}' permission is required.")
        self._content.delete(item.uuid)

    def _check_create_access(self) -> None:
        if self._bundle.entity_type == "taxonomy_term":
            permission = f"create terms in {self._bundle.id}"
            if not self._account.may(permission):
                raise JsonApiError(
                    403, f"The following permissions are required: '{permission}' OR 'administer taxonomy'."
                )
        elif not self._account.may(f"create {self._bundle.id} content"):
            raise JsonApiError(403)

    def _check_edit_access(self) -> None:
        permission = f"edit any {self._bundle.id} content"
        if not self._account.may(permission):
            message = f"The current user is not allowed to PATCH the selected resource. The '{permission}' permission is required."
            raise JsonApiError(403, message)

    def _read(self, data: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Fields in their inside form, and the item's own properties (state, log, language)."""
        fields: dict[str, Any] = {}
        meta: dict[str, Any] = {}
        attributes = data.get("attributes") or {}
        references = [f.name for f in self._bundle.fields if f.type in ("entity_reference", "image")]
        misplaced = [name for name in attributes if name in (*RELATIONSHIPS, *references)]
        if misplaced:
            names = ", ".join(misplaced)
            raise JsonApiError(422, f"The following relationship fields were provided as attributes: [ {names} ]")
        for name, value in attributes.items():
            self._check_field_access(name)
            field = self._bundle.field(name)
            if field is None and name not in ("moderation_state", "revision_log", "langcode"):
                kind = f"{self._bundle.entity_type}--{self._bundle.id}"
                raise JsonApiError(422, f"The attribute {name} does not exist on the {kind} resource type.")
            (fields if field else meta)[name] = _inside(value) if field and field.type != "string" else value
        for name, relationship in (data.get("relationships") or {}).items():
            fields[name] = self._references(name, relationship)
        return fields, meta

    def _check_field_access(self, name: str) -> None:
        forbidden = name == "status" and self._bundle.moderated
        forbidden = forbidden or (name in PROTECTED and not self._account.may("administer nodes"))
        if forbidden:
            reason = STATUS_REASON if name == "status" else ""
            message = f"The current user is not allowed to {self._method} the selected field ({name}).{reason}"
            raise JsonApiError(403, message, pointer=f"/data/attributes/{name}")

    def _references(self, name: str, relationship: Any) -> list[str]:
        field = self._bundle.field(name)
        if field is None or field.target is None:
            kind = f"{self._bundle.entity_type}--{self._bundle.id}"
            raise JsonApiError(422, f"The relationship {name} does not exist on the {kind} resource type.")
        data = relationship.get("data") if isinstance(relationship, dict) else None
        uuids = [item.get("id") for item in data] if isinstance(data, list) else []
        if not self._content.exists(*field.target, uuids):
            raise JsonApiError(404, f"The following resources could not be found: {', '.join(map(str, uuids))}")
        return uuids

    def _state_violations(self, before: str, meta: dict[str, Any]) -> list[Violation]:
        wrong = [Violation("langcode.0", CHOICE)] if meta.get("langcode", "en") != "en" else []
        if self._bundle.moderated and "moderation_state" in meta:
            violation = transition_violation(self._account, before, meta["moderation_state"])
            wrong += [violation] if violation else []
        return wrong


def _data(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError:
        raise JsonApiError(400, "Syntax error") from None
    data = document.get("data") if isinstance(document, dict) else None
    if not isinstance(data, dict) or "type" not in data:
        raise JsonApiError(400, 'Resource object must include a "type".')
    return data


def _inside(value: Any) -> Any:
    """A text value of JSON:API in its inside form."""
    if not isinstance(value, dict):
        return value
    return {"value": value.get("value"), "format": value.get("format"), "summary": value.get("summary")}
