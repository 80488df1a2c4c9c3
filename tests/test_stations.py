"""The stations of a job in docs/architecture.md: each file has its function."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROW = re.compile(r"^\| (\d+) [^|]+ \| `([\w.]+)` \| `([\w./]+)` \|", re.MULTILINE)
STATIONS = [
    (int(number), function, ROOT / file)
    for number, function, file in ROW.findall((ROOT / "docs/architecture.md").read_text(encoding="utf-8"))
]


def functions(path: Path) -> set[str]:
    """The functions of a file, those of a Python class with its name."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".php":
        return set(re.findall(r"^  public (?:static )?function (\w+)\(", text, re.MULTILINE))
    found = set()
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            inner = (each for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))
            found |= {f"{node.name}.{each.name}" for each in inner}
    return found


def test_there_are_eighteen_stations() -> None:
    """In the order in which a job passes them."""
    assert [number for number, _, _ in STATIONS] == list(range(1, 19))


@pytest.mark.parametrize(("number", "function", "path"), STATIONS, ids=[str(number) for number, _, _ in STATIONS])
def test_station_is_where_the_table_says(number: int, function: str, path: Path) -> None:
    """Its file exists and has the function."""
    assert path.is_file(), f"station {number} has moved: {path.name}"
    assert function in functions(path)
