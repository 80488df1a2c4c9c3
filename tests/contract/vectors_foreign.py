"""Vectors of what others wrote: patterns (ECMA 262) and JSON Schemas, and which of them can be used."""

from __future__ import annotations

from typing import Any

DRAFT_7 = "http://json-schema.org/draft-07/schema#"


def patterns() -> dict[str, Any]:
    """Patterns, texts, and whether a text holds the pattern. None: the pattern is refused."""
    return {
        "comment": "`fits`: whether `text` holds `pattern`, read as ECMA 262 with Unicode; null: the pattern cannot be used. What needs too "
        "much work does not fit. Patterns are not anchored.",
        "cases": [
            _pattern("named-group", r"^(?<year>\d{4})-\k<year>$", "2020-2020", True),
            _pattern("unicode-letter", r"^\p{L}+$", "Grüße", True),
            _pattern("unicode-letter-is-no-digit", r"^\p{L}+$", "4", False),
            _pattern("unicode-script", r"^\p{Script=Greek}$", "λ", True),
            _pattern("unicode-category-by-its-long-name", r"^\p{Uppercase_Letter}\P{Lu}$", "Äb", True),
            _pattern("digits-are-ascii", r"^\d$", "٣", False),
            _pattern("digits-in-brackets-are-ascii", r"^[\d]$", "٣", False),
            _pattern("no-digit", r"^\D$", "٣", True),
            _pattern("no-digit-in-brackets", r"^[\D]$", "٣", True),
            _pattern("word-is-ascii", r"^\w$", "ä", False),
            _pattern("no-word-in-not-brackets", r"^[^\W]+$", "ab_9", True),
            _pattern("space-is-every-space", r"^\s$", "\u00a0", True),
            _pattern("space-is-the-byte-order-mark", r"^\s$", "\ufeff", True),
            _pattern("no-space", r"^\S$", "\u00a0", False),
            _pattern("four-digits-of-a-code", r"^\u0041$", "A", True),
            _pattern("braces-of-a-code", r"^\u{1F600}$", "😀", True),
            _pattern("pair-of-codes", r"^\uD83D\uDE00$", "😀", True),
            _pattern("two-digits-of-a-code", r"^\xE4$", "ä", True),
            _pattern("control", r"^\cJ$", "\n", True),
            _pattern("anything", "^[^]$", "\n", True),
            _pattern("nothing", "[]", "a", False),
            _pattern("bracket-in-brackets", r"^[\[\]^]+$", "[^]", True),
            _pattern("dollar-is-the-very-end", "^a$", "a\n", False),
            _pattern("lookahead", r"^(?=.*\d)(?!.*z).{3}$", "a1b", True),
            _pattern("lookbehind", r"(?<=€)\d", "€5", True),
            _pattern("reference", r"^(.)\1$", "aa", True),
            _pattern("group-without-a-name", "^[a-z]{2,8}(-[a-z]{1,8})*$", "pt-br", True),
            _pattern("slash-and-dash", r"^\/[a\-z]$", "/-", True),
            _pattern("tilde", "^~[~]$", "~~", True),
            _pattern("length-counts-characters", "^.$", "😀", True),
            _pattern("nested-repetition", "^(a+)+$", "a" * 60 + "!", False),
            _pattern("nested-repetition-with-lookahead", r"^(a|aa)+(?!\1)$", "a" * 60 + "!", False),
            _pattern("not-closed", "(", "(", None),
            _pattern("bracket-not-closed", "[a", "a", None),
            _pattern("nothing-to-repeat", "*a", "*a", None),
        ],
    }


def schemas() -> dict[str, Any]:
    """Schemas, and whether they can be used."""
    return {
        "comment": "`usable`: whether a schema that others wrote can be used. It is at most 64 levels deep and looks at one place of a value "
        "at most 20000 times, over all references; nothing is fetched.",
        "cases": [
            _schema("empty", {}, True),
            _schema("form", {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}, True),
            _schema("reference", {"properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"type": "string"}}}, True),
            _schema("anchor", {"$ref": "#a", "$defs": {"a": {"$anchor": "a", "type": "string"}}}, True),
            _schema("older-draft", {"$schema": DRAFT_7, "$ref": "#/definitions/a", "definitions": {"a": {}}}, True),
            _schema("tree", {"properties": {"children": {"type": "array", "items": {"$ref": "#"}}}}, True),
            _schema("expression", _expression(), True),
            _schema("schema-of-schemas", {"properties": {"a": {"$ref": "https://json-schema.org/draft/2020-12/schema"}}}, True),
            _schema("branches-a-little", _branching(9), True),
            _schema("branches", _branching(26), False),
            _schema("branches-by-depth", {"items": {"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}}, False),
            _schema("branches-by-members", {"patternProperties": {"": {"$ref": "#"}, "a": {"$ref": "#"}}}, False),
            _schema("itself-without-end", {"allOf": [{"$ref": "#"}]}, False),
            _schema("refers-to-nothing", {"$ref": "#/$defs/none"}, False),
            _schema("remote", {"properties": {"a": {"$ref": "http://169.254.169.254/schema"}}}, False),
            _schema("file", {"$ref": "file:///etc/passwd"}, False),
            _schema("broken-pattern", {"properties": {"a": {"pattern": "("}}}, False),
            _schema("broken-name-pattern", {"patternProperties": {"[": {}}}, False),
            _schema("too-deep", _deep(70), False),
            _schema("too-long", {"description": "x" * 100_001}, False),
        ],
    }  # fmt: skip


def _pattern(id: str, pattern: str, text: str, fits: bool | None) -> dict[str, Any]:
    return {"id": id, "pattern": pattern, "text": text, "fits": fits}


def _schema(id: str, schema: dict[str, Any], usable: bool) -> dict[str, Any]:
    return {"id": id, "schema": schema, "usable": usable}


def _branching(levels: int) -> dict[str, Any]:
    """Each level refers to the next one twice."""
    definitions: dict[str, Any] = {
        f"d{n}": {"anyOf": [{"$ref": f"#/$defs/d{n + 1}"}, {"$ref": f"#/$defs/d{n + 1}"}]} for n in range(levels)
    }
    return {"$ref": "#/$defs/d0", "$defs": definitions | {f"d{levels}": {"type": "string"}}}


def _expression() -> dict[str, Any]:
    inner = {"left": {"$ref": "#/$defs/e"}, "right": {"$ref": "#/$defs/e"}}
    return {"$ref": "#/$defs/e", "$defs": {"e": {"anyOf": [{"type": "number"}, {"properties": inner}]}}}


def _deep(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    for _ in range(levels):
        schema = {"not": schema}
    return schema
