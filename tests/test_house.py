"""How long files and functions may be, how many parts a constructor takes, and for how long tests wait at least."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILE_LINES, TEST_LINES, FUNCTION_LINES, PARTS = 300, 600, 40, 8
SOURCES = {".py", ".php", ".module", ".install", ".inc", ".lua", ".js", ".css"}
PHP = {".php", ".module", ".install", ".inc"}
BOUND = 30
ELSEWHERE = {"site", "bench"}
"""Run by people, who see what was slow."""
CLIENTS = {f"{library}.{name}" for library in ("httpx", "httpx2") for name in ("Client", "AsyncClient", "get", "post")}
"""Without a word they wait for five seconds."""
WAITS = {"timeout": (0, 1), "wait": (0, 2), "join": (0, 1), "until": (1, 2), "rests": (2, 3)}
"""Of which arguments numbers are how long it waits."""
NOTHING_COMES = {
    ("tests/integration/test_mcp_changes.py", "asyncio.wait([quiet], timeout=1)"),
    ("tests/integration/test_mcp_processes.py", "asyncio.wait([heard], timeout=0.5)"),
    ("tests/unit/tools/test_schemas.py", "threading.Event().wait(0.1)"),
}
"""Time passes, and that is what is tested; or what is waited for is asked for again."""


def tracked() -> list[Path]:
    """Source files that are part of the repository, or are about to be."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    return sorted({ROOT / name for name in listed if Path(name).suffix in SOURCES and (ROOT / name).is_file()})


FILES = tracked()


def named(path: Path) -> str:
    """From the top."""
    return path.relative_to(ROOT).as_posix()


def of_tests(path: Path) -> bool:
    """Whether a file is part of tests, of either language."""
    return "tests" in path.relative_to(ROOT).parts


def functions(path: Path) -> Iterator[tuple[str, int, int]]:
    """Each function of a file: its name, its lines, and its parameters without `self`."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        yield from _python(ast.parse(text), "")
    elif path.suffix in PHP:
        yield from _php(text.splitlines())


def _python(node: ast.AST, place: str) -> Iterator[tuple[str, int, int]]:
    for child in ast.iter_child_nodes(node):
        inner = f"{place}{child.name}." if isinstance(child, ast.ClassDef) else place
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            own = child.args
            count = len(own.posonlyargs + own.args + own.kwonlyargs) - bool(place)
            yield place + child.name, (child.end_lineno or 0) - child.lineno + 1, count
        yield from _python(child, inner)


def _php(lines: list[str]) -> Iterator[tuple[str, int, int]]:
    """By the coding standard a function ends with the brace that stands below its first letter."""
    for first, line in enumerate(lines):
        head = re.match(r"( *)(?:(?:final|abstract|public|protected|private|static) +)*function +&?(\w+)\(", line)
        if head is None:
            continue
        signature = re.match(r"[^{;]*", "\n".join(lines[first : first + 60]))
        assert signature is not None
        end = re.compile(head[1] + r"(\}|\).*(\{\}|;)$)")
        last = next((row for row in range(first + 1, len(lines)) if end.match(lines[row])), first)
        closed = line.rstrip().endswith(("}", ";"))
        of_a_value = re.search(r"\bpublic (readonly )?[\w|?\\]+ \$", signature[0])
        parameters = 0 if of_a_value else len(re.findall(r"\$\w+", signature[0]))
        yield head[2], 1 if closed else last - first + 1, parameters


def long_files() -> set[str]:
    """Files over their bound."""
    return {
        named(path)
        for path in FILES
        if len(path.read_text(encoding="utf-8").splitlines()) > (TEST_LINES if of_tests(path) else FILE_LINES)
    }


def long_functions() -> set[str]:
    """Functions outside tests over the bound, as `file: name`."""
    return {
        f"{named(path)}: {name}"
        for path in FILES
        if not of_tests(path)
        for name, lines, _ in functions(path)
        if lines > FUNCTION_LINES
    }


def many_parts() -> set[str]:
    """Constructors that take more parts than one can keep in mind.

    A value has as many members as it has: a frozen dataclass, in PHP a class whose members are public."""
    return {
        f"{named(path)}: {name}"
        for path in FILES
        for name, _, parameters in functions(path)
        if name.rpartition(".")[2] in ("__init__", "__construct") and parameters > PARTS
    }


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


def test_files_are_short() -> None:
    """300 lines, in tests 600."""
    assert long_files() == set()


def test_functions_are_short() -> None:
    """40 lines with their docstring, outside tests."""
    assert long_functions() == set()


def test_constructors_take_few_parts() -> None:
    """Eight, in both languages."""
    assert many_parts() == set()


@pytest.mark.parametrize(
    ("suffix", "text", "expected"),
    [
        (".py", "class A:\n    def __init__(self, a, *, b=1):\n        pass\n", [("A.__init__", 2, 2)]),
        (".py", "async def f(a):\n    def g():\n        pass\n", [("f", 3, 1), ("g", 2, 0)]),
        (
            ".php",
            "  public function __construct(\n    private A $a,\n    private B $b,\n  ) {}\n\n",
            [("__construct", 4, 2)],
        ),
        (".php", "  private static function f(): int {\n    return 1;\n  }\n}\n", [("f", 3, 0)]),
        (".php", "  public function f(A $a): int;\n  public function g(): int {\n  }\n", [("f", 1, 1), ("g", 2, 0)]),
    ],
)
def test_functions_are_measured(tmp_path: Path, suffix: str, text: str, expected: list[tuple[str, int, int]]) -> None:
    """Of both languages: name, lines, parameters."""
    path = tmp_path / f"file{suffix}"
    path.write_text(text, encoding="utf-8")
    assert list(functions(path)) == expected


def test_pages_of_lists_have_headings_in_order() -> None:
    """A pager's heading comes right behind the page's own; core's default is two levels lower, which screen readers stumble over."""
    module = ROOT / "drupal_module"
    without = [
        named(path)
        for path in FILES
        if path.suffix == ".php"
        and (text := path.read_text()).count("'#type' => 'pager'") > text.count("'#pagination_heading_level' => 'h2'")
    ]
    lists = [path for path in module.rglob("views.view.*.yml") if "pager:" in path.read_text()]
    without += [named(path) for path in lists if "pagination_heading_level: h2" not in path.read_text()]
    assert lists
    assert without == []


def test_waits_have_room() -> None:
    """Half a minute at least, but where nothing is to come: on a busy machine all else may take ten times as long."""
    found = {
        (path.relative_to(ROOT).as_posix(), call): line
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if path.relative_to(ROOT / "tests").parts[0] not in ELSEWHERE
        for line, call in short_waits(path.read_text("utf-8"))
    }
    short = {place: line for place, line in found.items() if place not in NOTHING_COMES}
    assert short == {}, f"Let them wait for {BOUND} seconds or more, and tell clients a timeout."
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
