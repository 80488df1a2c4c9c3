"""Query strings of JSON:API: brackets, filters, sort, pages, sparse fields."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from demo.standin import times
from demo.standin.content import Revision
from demo.standin.fields import Bundle
from demo.standin.jsonapi.errors import JsonApiError

PAGE_CAP = 50
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda have, want: str(have).lower() == str(want).lower(),
    "<>": lambda have, want: str(have).lower() != str(want).lower(),
    ">": lambda have, want: _both(have, want, lambda a, b: a > b),
    ">=": lambda have, want: _both(have, want, lambda a, b: a >= b),
    "<": lambda have, want: _both(have, want, lambda a, b: a < b),
    "<=": lambda have, want: _both(have, want, lambda a, b: a <= b),
    "STARTS_WITH": lambda have, want: str(have).lower().startswith(str(want).lower()),
    "CONTAINS": lambda have, want: str(want).lower() in str(have).lower(),
    "ENDS_WITH": lambda have, want: str(have).lower().endswith(str(want).lower()),
    "IN": lambda have, want: str(have).lower() in [str(item).lower() for item in want],
    "NOT IN": lambda have, want: str(have).lower() not in [str(item).lower() for item in want],
}
NULL_OPERATORS = ("IS NULL", "IS NOT NULL")
BASE_PATHS = (
    "id",
    "drupal_internal__nid",
    "drupal_internal__vid",
    "nid",
    "vid",
    "status",
    "langcode",
    "created",
    "changed",
    "uid.id",
)


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a filter; conditions with the same `group` are joined by its conjunction."""

    path: str
    operator: str
    value: Any
    group: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query string. `tree` keeps the brackets as nested dictionaries, in the order they came."""

    tree: dict[str, Any]
    conditions: list[Condition] = field(default_factory=list)
    groups: dict[str, str] = field(default_factory=dict)
    sort: list[tuple[str, bool]] = field(default_factory=list)

    @property
    def offset(self) -> int:
        """First item of the page."""
        return max(0, int(self._page().get("offset", 0)))

    @property
    def limit(self) -> int:
        """Items on the page, capped without a word as Drupal does."""
        return max(1, min(int(self._page().get("limit", PAGE_CAP)), PAGE_CAP))

    @property
    def version(self) -> str | None:
        """`resourceVersion`."""
        value = self.tree.get("resourceVersion")
        return value if isinstance(value, str) else None

    def names(self, key: str, sub: str | None = None) -> list[str] | None:
        """A comma-separated parameter as a list; None when it was not given."""
        value = self.tree.get(key)
        value = value.get(sub) if sub is not None and isinstance(value, dict) else value
        return [name.strip() for name in value.split(",")] if isinstance(value, str) else None

    def _page(self) -> dict[str, str]:
        page = self.tree.get("page")
        return page if isinstance(page, dict) else {}

    def page(self, offset: int) -> str:
        """The query string of another page."""
        return encode(self.tree | {"page": {"offset": str(offset), "limit": str(self.limit)}})


def nested(raw: str) -> dict[str, Any]:
    """A query string with its brackets as nested dictionaries."""
    tree: dict[str, Any] = {}
    for key, value in parse_qsl(raw, keep_blank_values=True):
        _put(tree, re.findall(r"[^\[\]]+|(?<=\[)(?=\])", key), value)
    return tree


def parse(tree: dict[str, Any]) -> Query:
    """What a query asks for. Raises JsonApiError 400 where Drupal does."""
    conditions, groups = _conditions(tree.get("filter", {}))
    sort = tree.get("sort", "")
    order = (
        [(name.lstrip("-"), name.startswith("-")) for name in sort.split(",") if name] if isinstance(sort, str) else []
    )
    return Query(tree, conditions, groups, order)


def normalised(tree: dict[str, Any]) -> str:
    """The query string as Drupal writes it into `self` links: top-level names sorted."""
    return encode(dict(sorted(tree.items())))


def encode(tree: dict[str, Any]) -> str:
    """Nested names back into brackets."""

    def flat(prefix: str, value: Any) -> list[tuple[str, str]]:
        if isinstance(value, dict):
            return [
                pair for name, item in value.items() for pair in flat(f"{prefix}[{name}]" if prefix else name, item)
            ]
        return [(prefix, value)]

    return urlencode(flat("", tree))


def _put(tree: dict[str, Any], path: list[str], value: str) -> None:
    for name in path[:-1]:
        existing = tree.setdefault(name or str(len(tree)), {})
        if not isinstance(existing, dict):
            raise JsonApiError(400, f"The query parameter `{name}` is given twice, in two shapes.")
        tree = existing
    tree[path[-1] or str(len(tree))] = value


def _conditions(filters: Any) -> tuple[list[Condition], dict[str, str]]:
    conditions, groups = [], {}
    for name, item in filters.items() if isinstance(filters, dict) else ():
        if not isinstance(item, dict):
            conditions.append(Condition(name, "=", item))
        elif "group" in item:
            groups[name] = item["group"].get("conjunction", "AND")
        else:
            condition = item.get("condition", {"path": name, **item})
            operator = condition.get("operator", "=")
            if operator not in OPERATORS and operator not in NULL_OPERATORS:
                raise JsonApiError(400, f"The '{operator}' operator is not allowed in a filter parameter.")
            value = condition.get("value")
            values = list(value.values()) if isinstance(value, dict) else [value] if "IN" in operator.split() else value
            conditions.append(Condition(condition.get("path", name), operator, values, condition.get("memberOf", "")))
    return conditions, groups


def select(query: Query, bundle: Bundle, items: list[Revision], *, sees_all: bool) -> list[Revision]:
    """The items that fit, sorted. With any filter, unpublished ones disappear (fact 10) unless the account `sees_all`."""
    for path in [*(condition.path for condition in query.conditions), *(name for name, _ in query.sort)]:
        _check_path(bundle, path)
    if query.conditions:
        items = [item for item in items if (sees_all or item.published) and _fits(query, item)]
    for name, descending in reversed(query.sort):
        items = sorted(items, key=lambda item, name=name: _sortable(_value(item, name)), reverse=descending)
    return items


def _fits(query: Query, item: Revision) -> bool:
    verdicts: dict[str, list[bool]] = {}
    for condition in query.conditions:
        verdicts.setdefault(condition.group, []).append(_holds(condition, item))
    return all((any if query.groups.get(group) == "OR" else all)(found) for group, found in verdicts.items())


def _holds(condition: Condition, item: Revision) -> bool:
    have = _value(item, condition.path)
    values = have if isinstance(have, list) else [have]
    if condition.operator in NULL_OPERATORS:
        return (not values or values == [None]) == (condition.operator == "IS NULL")
    return any(value is not None and OPERATORS[condition.operator](value, condition.value) for value in values)


def _check_path(bundle: Bundle, path: str) -> None:
    name = path.split(".")[0]
    if path not in BASE_PATHS and bundle.field(name) is None:
        message = f"Invalid nested filtering. The field `{name}`, given in the path `{path}`, does not exist."
        raise JsonApiError(400, message)


def _value(item: Revision, path: str) -> Any:
    base = {
        "id": item.uuid,
        "drupal_internal__nid": item.id,
        "nid": item.id,
        "drupal_internal__vid": item.vid,
        "vid": item.vid,
        "status": int(item.published),
        "langcode": item.langcode,
        "created": item.created,
        "changed": item.changed,
        "uid.id": item.owner,
    }
    if path in base:
        return base[path]
    name, *rest = path.split(".")
    value = item.fields.get(name)
    if isinstance(value, dict):
        return value.get(rest[0] if rest else "value")
    return value


def _both(have: Any, want: Any, compare: Callable[[Any, Any], bool]) -> bool:
    """Compare as numbers where both are (a time may be written as RFC 3339), else as text."""
    try:
        return compare(float(have), float(want))
    except (TypeError, ValueError):
        pass
    try:
        return compare(float(have), times.seconds(str(want)))
    except (TypeError, ValueError):
        return compare(str(have).lower(), str(want).lower())


def _sortable(value: Any) -> tuple[int, Any]:
    return (0, "") if value is None else (1, value.lower() if isinstance(value, str) else value)
