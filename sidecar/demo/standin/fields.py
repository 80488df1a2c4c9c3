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


def from_draft(field: Field, value: Any) -> Any:
    """A value of a draft request (scalar, object of properties, or a list of them) in its inside form."""
    items = value if isinstance(value, list) else [] if value is None else [value]
    if field.type == "entity_reference":
        return [item.get("target_uuid") if isinstance(item, dict) else item for item in items]
    if len(items) > 1 and not field.multiple:
        raise ValueError(f"{field.name}: this field takes one value.")
    if not items:
        return None
    item = items[0]
    if field.type == "string":
        return item.get("value") if isinstance(item, dict) else item
    if isinstance(item, str):
        return {"value": item, "format": "basic_html", "summary": None}
    if isinstance(item, dict):
        return {"value": item.get("value"), "format": item.get("format", "basic_html"), "summary": item.get("summary")}
    return item
