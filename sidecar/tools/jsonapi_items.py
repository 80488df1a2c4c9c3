"""JSON:API resource objects as the short documents that a model reads. Pure functions."""

from __future__ import annotations

import re

from sidecar.json_text import JSON, is_list, is_object, members

LABELS = ("title", "name", "info", "label", "subject", "display_name")
_SHOWN_ABOVE = frozenset({"status", "langcode", "moderation_state", "path"})
_NOISE = re.compile(
    r"^(drupal_internal__.*|revision_(timestamp|created|translation_affected|log|log_message)|default_langcode|content_translation_.*|"
    r"revision_(uid|user|default))$"
)


def item(resource: dict[str, JSON], entity_type: str, bundle: str, fields: list[str] | None = None) -> dict[str, JSON]:
    """One resource object as `{entity_type, bundle, id, revision, moderation_state, published, langcode, label, fields, url}`.

    `fields`: names to show, None for all. Text fields lose `processed`, a copy of their value; references are
    `{target_uuid, target_type, ...}`, `{target_uuid: None, missing: True}` where the target is gone: all as create_draft and revise_draft
    take them.
    """
    attributes = members(resource.get("attributes"))
    relationships = {
        name: value.get("data")
        for name, value in members(resource.get("relationships")).items()
        if not _is_bundle(name, value.get("data"), entity_type, bundle)
    }
    values = {name: _value(value) for name, value in attributes.items()}
    values |= {name: _reference(data) for name, data in relationships.items()}
    return {
        "entity_type": entity_type,
        "bundle": bundle,
        "id": resource.get("id"),
        "revision": revision(attributes),
        "moderation_state": attributes.get("moderation_state"),
        "published": attributes.get("status") if isinstance(attributes.get("status"), bool) else None,
        "langcode": attributes.get("langcode"),
        "label": next((attributes[name] for name in LABELS if attributes.get(name)), None),
        "fields": {name: value for name, value in values.items() if _wanted(name, fields)},
        "url": _url(attributes),
    }


def field_names(resource: dict[str, JSON], entity_type: str, bundle: str) -> list[str]:
    """The names of the fields that `item` can show, sorted."""
    relationships = members(resource.get("relationships"))
    hidden = {name for name, it in relationships.items() if _is_bundle(name, it.get("data"), entity_type, bundle)}
    names = {*members(resource.get("attributes")), *relationships} - hidden
    return sorted(name for name in names if not _NOISE.match(name))


def revision(attributes: dict[str, JSON]) -> int | None:
    """The revision id. Nodes and media call it `vid`, other types `revision_id`; None for a type without revisions."""
    for name in ("drupal_internal__revision_id", "drupal_internal__vid"):
        if isinstance(attributes.get(name), int):
            return attributes[name]
    return None


def hidden(document: dict[str, JSON]) -> int:
    """How many items of a page Drupal left out because the account may not see them."""
    links = members(members(members(document.get("meta")).get("omitted")).get("links"))
    return sum(1 for name in links if name.startswith("item"))


def _is_bundle(name: str, data: JSON, entity_type: str, bundle: str) -> bool:
    """Whether a relationship leads to the item's own type. JSON:API calls it `node_type`, `vid`, `bundle`; a field may have such a name, too."""
    if name not in ("type", "vid", "bundle", f"{entity_type}_type") or not is_object(data):
        return False
    return members(data.get("meta")).get("drupal_internal__target_id") == bundle


def _wanted(name: str, fields: list[str] | None) -> bool:
    return name not in _SHOWN_ABOVE and not _NOISE.match(name) if fields is None else name in fields


def _value(value: JSON) -> JSON:
    if is_list(value):
        return [_value(item) for item in value]
    if is_object(value) and "processed" in value and "value" in value:
        return {name: part for name, part in value.items() if name != "processed"}
    return value


def _reference(data: JSON) -> JSON:
    if is_list(data):
        return [_reference(item) for item in data if is_object(item) and item.get("id") != "virtual"]
    if not is_object(data):
        return None
    meta = {
        name: value for name, value in members(data.get("meta")).items() if not name.startswith("drupal_internal__")
    }
    meta.pop("links", None)
    meta.pop("arity", None)  # counts references to the same item within a list
    if data.get("id") == "missing":
        return {"target_uuid": None, "missing": True}
    return {"target_uuid": data.get("id"), "target_type": data.get("type"), **meta}


def _url(attributes: dict[str, JSON]) -> str | None:
    path = attributes.get("path")
    if alias := path.get("alias") if is_object(path) else None:
        return alias
    return f"/node/{nid}" if (nid := attributes.get("drupal_internal__nid")) else None
