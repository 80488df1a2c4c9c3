"""JSON:API's query syntax, built from checked parts. Pure functions; values only ever become query parameters, which the client escapes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from sidecar.json_text import JSON, elements, is_list, members

PAGE = 50
"""Drupal's own page size; a larger one is cut to it without a word."""

# As in \Drupal\jsonapi\Query\EntityCondition.
SINGLE = ("=", "<>", ">", ">=", "<", "<=", "STARTS_WITH", "CONTAINS", "ENDS_WITH")
SEVERAL = ("IN", "NOT IN")
PAIR = ("BETWEEN", "NOT BETWEEN")
NONE = ("IS NULL", "IS NOT NULL")
OPERATORS = SINGLE + SEVERAL + PAIR + NONE

FIELD_PATH = r"^[a-z0-9_]+(\.[a-z0-9_%-]+){0,5}$"

# What every item shows; names that a resource type does not have are passed over by Drupal.
ALWAYS = ("title", "name", "info", "label", "status", "langcode", "changed", "path", "moderation_state")
ALWAYS_INTERNAL = ("drupal_internal__nid", "drupal_internal__vid", "drupal_internal__revision_id")


class QueryProblem(ValueError):
    """A query that JSON:API would refuse; `pointer` is into the arguments."""

    def __init__(self, message: str, pointer: str) -> None:
        super().__init__(message)
        self.pointer = pointer


def collection_params(resource: str, arguments: Mapping[str, JSON], limit: int) -> dict[str, str]:
    """Query parameters for a collection. `resource`: `node--article`. Raises QueryProblem."""
    params = {"page[limit]": str(min(limit, PAGE))}
    for index, condition in enumerate(arguments.get("filters") or []):
        params |= _condition(index, condition)
    if sort := arguments.get("sort"):
        for index, key in enumerate(sort):
            _refuse_computed(key.lstrip("-"), f"/sort/{index}")
        params["sort"] = ",".join(sort)
    fields = [*ALWAYS, *ALWAYS_INTERNAL, *elements(arguments.get("fields"))]
    params[f"fields[{resource}]"] = ",".join(dict.fromkeys(fields))
    return params


def next_params(document: Mapping[str, JSON], path: str) -> dict[str, str] | None:
    """Query parameters of the next page, or None on the last one.

    Only the query of `links.next` is taken: the address stays the one that was asked, so a link never leads to another host. Raises
    ValueError when the link is not one of this collection.
    """
    link: str | None = members(members(document.get("links")).get("next")).get("href")
    if not link:
        return None
    parts = urlsplit(link)
    if not parts.path.endswith(path):
        raise ValueError(f"Drupal's link to the next page leads to {parts.path}, not to {path}.")
    return dict(parse_qsl(parts.query, keep_blank_values=True))


def _condition(index: int, condition: Mapping[str, JSON]) -> dict[str, str]:
    operator, value, pointer = condition.get("operator", "="), condition.get("value"), f"/filters/{index}"
    _refuse_computed(condition["field"], f"{pointer}/field")
    base = f"filter[f{index}][condition]"
    params = {f"{base}[path]": condition["field"], f"{base}[operator]": operator}
    if operator in NONE:
        return params
    if operator in SEVERAL + PAIR:
        if not is_list(value) or not value or (operator in PAIR and len(value) != 2):
            wanted = "a list of two values" if operator in PAIR else "a list of values"
            raise QueryProblem(f"{operator} needs {wanted}.", f"{pointer}/value")
        return params | {f"{base}[value][{n}]": _scalar(item, pointer) for n, item in enumerate(value)}
    return params | {f"{base}[value]": _scalar(value, pointer)}


def _scalar(value: JSON, pointer: str) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, str | int | float):
        return str(value)
    raise QueryProblem(
        "The value must be a string, a number or a boolean; for nothing use IS NULL.", f"{pointer}/value"
    )


def _refuse_computed(field: str, pointer: str) -> None:
    if re.match(r"moderation_state\b", field):
        raise QueryProblem(
            "Drupal cannot filter or sort by moderation_state. Filter by status (1 published), and look at each item's moderation_state.",
            pointer,
        )
