"""The reference says what the code does: reasons, tools, keys of a script, and an example that plays."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

from sidecar.models.scripted.script import SCHEMA, parse
from sidecar.tools.registry import BUILT_IN

ROOT = Path(__file__).parents[3]
TOOLS = (ROOT / "docs/reference/tools.md").read_text()
SCRIPTED = (ROOT / "docs/reference/scripted-model.md").read_text()
SOURCES = [
    *(ROOT / "sidecar/tools").glob("*.py"),
    ROOT / "sidecar/drupal/replies.py",
    ROOT / "sidecar/drupal/drafts.py",
    ROOT / "sidecar/drupal/problems.py",
]
REASON = re.compile(
    r"(tool|content|jsonapi|drupal|mcp|token):[a-z_]+|journal_mismatch|site_stopped|stale_attempt|revision_conflict|site_error|locked"
)


def test_every_reason_of_a_tool_is_described_and_none_is_invented() -> None:
    """Both ways."""
    constants = {
        node.value
        for source in SOURCES
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and REASON.fullmatch(node.value)
    }
    described = {match[0] for match in REASON.finditer("\n".join(re.findall(r"^\| `([^`]+)` \|", TOOLS, re.MULTILINE)))}
    assert constants == described


def test_every_tool_is_described() -> None:
    """By name."""
    assert [name for name in BUILT_IN if f"| `{name}` |" not in TOOLS] == []


def test_every_key_of_a_script_is_described() -> None:
    """Of the script and of a step."""
    step = SCHEMA["properties"]["steps"]["items"]["properties"]
    keys = [*step, *(key for key in SCHEMA["properties"] if key not in ("steps", "description"))]
    assert [key for key in keys if f"| `{key}` |" not in SCRIPTED] == []


def test_the_example_is_a_script() -> None:
    """It can be copied."""
    example = re.search(r"```json\n(.*?)```", SCRIPTED, re.DOTALL)
    assert example is not None
    assert len(parse("example", example[1]).steps) == 3
    assert json.loads(example[1])["description"]
