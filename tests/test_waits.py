"""How long tests wait for what must come. A bound is for what never comes: on a busy machine everything else may take ten times as long."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BOUND = 30
ELSEWHERE = {"site", "bench"}
"""Run by people, who see what was slow."""
CLIENTS = {f"{library}.{name}" for library in ("httpx", "httpx2") for name in ("Client", "AsyncClient", "get", "post")}
"""Without a word they wait for five seconds."""
WAITS = {"timeout": (0, 1), "wait": (0, 2), "join": (0, 1), "until": (1, 2), "rests": (2, 3)}
"""Of which arguments numbers are how long it waits."""
NOTHING_COMES = {
    ("tests/integration/test_mcp_changes.py", "asyncio.wait([quiet], timeout=1)"),
    ("tests/unit/tools/test_schemas.py", "threading.Event().wait(0.1)"),
}
"""Time passes, and that is what is tested."""


def short_waits(text: str) -> Iterator[tuple[int, str]]:
    """Lines and calls that wait for less than `BOUND`, or for as long as a library likes."""
    tree = ast.parse(text)
    numbers = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (_silent(node) or any(_short(one, numbers) for one in _bounds(node))):
            yield node.lineno, ast.unparse(node)


def _silent(call: ast.Call) -> bool:
    """A client that is not told how long to wait, over a network."""
    given = {keyword.arg for keyword in call.keywords}
    return ast.unparse(call.func) in CLIENTS and not given & {"timeout", "transport", None}


def _bounds(call: ast.Call) -> Iterator[ast.expr]:
    yield from (keyword.value for keyword in call.keywords if keyword.arg == "timeout")
    name = ast.unparse(call.func).rpartition(".")[2]
    if name in WAITS:
        yield from call.args[slice(*WAITS[name])]


def _short(value: ast.expr, numbers: Mapping[str, object]) -> bool:
    found = numbers.get(value.id) if isinstance(value, ast.Name) else getattr(value, "value", None)
    return isinstance(found, int | float) and not isinstance(found, bool) and found < BOUND


def test_waits_have_room() -> None:
    """Half a minute at least, but where nothing is to come."""
    found = {
        (path.relative_to(ROOT).as_posix(), call): line
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if path.relative_to(ROOT / "tests").parts[0] not in ELSEWHERE
        for line, call in short_waits(path.read_text("utf-8"))
    }
    assert {place: line for place, line in found.items() if place not in NOTHING_COMES} == {}
    assert found.keys() >= NOTHING_COMES


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("asyncio.timeout(5)", True),
        ("asyncio.timeout(60)", False),
        ("S = 10.0\nprocess.wait(S)", True),
        ("until(there, 20)", True),
        ("until(there)", False),
        ("run(command, timeout=9)", True),
        ("httpx.AsyncClient()", True),
        ("httpx.AsyncClient(transport=x)", False),
        ("httpx2.get(url, timeout=30)", False),
        ("barrier.wait()", False),
    ],
)
def test_a_short_wait_is_seen(text: str, short: bool) -> None:
    assert bool(list(short_waits(text))) is short
