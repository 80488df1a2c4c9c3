"""The stand-in's content model: what the standard profile has, and how a value is checked.

Inside, a field holds: `string` a str or None; `text_with_summary` `{"value", "format", "summary"}` or None;
`entity_reference` a list of UUIDs; `image` None (files are out of scope).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

FORMATS = ("basic_html", "restricted_html", "full_html", "plain_text")


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `target`: (entity type, bundle) of a reference; `multiple`: more than one value is allowed."""

    name: str
    type: str
    label: str
    required: bool = False
    multiple: bool = False
    max_length: int | None = None
    target: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Bundle:
    """One content type or vocabulary. `moderated`: under the editorial workflow."""

    entity_type: str
    id: str
    label: str
    fields: tuple[Field, ...]
    moderated: bool = True

    def field(self, name: str) -> Field | None:
        """The field of that name, if there is one."""
        return next((field for field in self.fields if field.name == name), None)

    @property
    def label_field(self) -> str:
        """Name of the field that titles an item."""
        return self.fields[0].name


TITLE = Field("title", "string", "Title", required=True, max_length=255)
BODY = Field("body", "text_with_summary", "Body")
TAGS = Field("field_tags", "entity_reference", "Tags", multiple=True, target=("taxonomy_term", "tags"))
IMAGE = Field("field_image", "image", "Image")

BUNDLES = {
    ("node", "article"): Bundle("node", "article", "Article", (TITLE, BODY, IMAGE, TAGS)),
    ("node", "page"): Bundle("node", "page", "Basic page", (TITLE, BODY, TAGS)),
    ("taxonomy_term", "tags"): Bundle(
        "taxonomy_term",
        "tags",
        "Tags",
        (
            Field("name", "string", "Name", required=True, max_length=255),
            Field("description", "text_with_summary", "Description"),
        ),
        moderated=False,
    ),
}


@dataclass(frozen=True, slots=True)
class Violation:
    """What validation found. `path` is Drupal's property path (`title.0.value`)."""

    path: str
    message: str

    @property
    def pointer(self) -> str:
        """The tail of a JSON pointer: Drupal leaves the delta out of a single value's properties."""
        parts = self.path.split(".")
        if len(parts) == 3 and parts[1] == "0":
            del parts[1]
        return "/".join(parts)


NULL = "This value should not be null."
CHOICE = "The value you selected is not a valid choice."
WRONG_TYPE = "This value should be of the correct primitive type."


def check(field: Field, value: Any, formats: set[str]) -> list[Violation]:
    """Violations of a value in its inside form. `formats`: text formats that the account may use."""
    if value is None or value == "":
        return [Violation(field.name, NULL)] if field.required else []
    if field.type == "string":
        if not isinstance(value, str):
            return [Violation(f"{field.name}.0.value", WRONG_TYPE)]
        if field.max_length and len(value) > field.max_length:
            message = f"{field.label}: may not be longer than {field.max_length} characters."
            return [Violation(f"{field.name}.0.value", message)]
    if field.type == "text_with_summary":
        if not isinstance(value, dict) or not isinstance(value.get("value"), str):
            return [Violation(f"{field.name}.0.value", WRONG_TYPE)]
        if value.get("format") not in formats:
            return [Violation(f"{field.name}.0.format", CHOICE)]
    return []


def from_draft(field: Field, value: Any, present: Any = None) -> Any:
    """A value of a draft request (scalar, object of properties, or a list of them) in its inside form, laid over what the field holds."""
    items = value if isinstance(value, list) else [] if value is None else [value]
    if field.type == "entity_reference":
        return _targets(field, value, items, present or [])
    if len(items) > 1 and not field.multiple:
        raise ValueError(f"{field.name}: this field takes one value.")
    if not items:
        return None
    item = items[0]
    if field.type == "string":
        return item.get("value", present) if isinstance(item, dict) else item
    given = item if isinstance(item, dict) else {"value": item}
    return {"value": None, "format": "basic_html", "summary": None} | (present or {}) | _known(field, given)


def _known(field: Field, given: dict[str, Any]) -> dict[str, Any]:
    if unknown := sorted(set(given) - {"value", "format", "summary", "processed"}):
        raise ValueError(f"{field.name}: there is no property {unknown[0]}.")
    return {name: part for name, part in given.items() if name != "processed"}


def _targets(field: Field, value: Any, items: list[Any], present: list[Any]) -> list[Any]:
    """The UUIDs of references. `{}` keeps the one at its place; a target may be named with its type, as reading shows it."""
    if value is not None and not isinstance(value, list) and len(present) > 1:
        raise ValueError(f"{field.name}: give a list of all {len(present)} values; the others would be lost.")
    found = []
    for delta, item in enumerate(items):
        given = item if isinstance(item, dict) else {"target_uuid": item}
        kept = present[delta] if delta < len(present) else None
        wanted = "--".join(field.target or ())
        if given.get("target_type", wanted) not in (wanted, (field.target or ("",))[0]):
            raise ValueError(f"{field.name}: the target is a {wanted}.")
        found.append(given.get("target_uuid", kept))
    return found


def is_as_read(given: Any, shown: Any) -> bool:
    """Whether a value of a draft request says nothing but what reading shows; properties may be left out."""
    if given is None or shown is None or shown == []:
        return given in (None, []) and shown in (None, [])
    shown = shown if isinstance(shown, list) else [shown]
    items = given if isinstance(given, list) else [given] if len(shown) == 1 else []
    return len(items) == len(shown) and all(_is_part(*pair) for pair in zip(items, shown, strict=True))


def _is_part(given: Any, shown: Any) -> bool:
    if isinstance(given, dict) and isinstance(shown, dict):
        return bool(given) and all(name in shown and shown[name] == part for name, part in given.items())
    return given == shown
