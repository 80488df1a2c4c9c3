"""Who may import whom, and where Redis, HTTP and the environment may be touched: docs/architecture.md."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "sidecar"
DEMO = ROOT / "demo"
SIDECAR_FILES = sorted(PACKAGE.rglob("*.py"))
FILES = [*SIDECAR_FILES, *sorted(DEMO.rglob("*.py"))]

BASE = {"contracts", "errors", "findings", "http", "json_text", "log", "net", "redact", "seal", "settings", "unknown"}
DOORS = {"a2a", "api", "cli", "demo", "mcp_server"}
# A package's level; it may import its own level's allowed ones, listed here by name.
ALLOWED: dict[str, set[str]] = {
    **dict.fromkeys(BASE, BASE),
    "embedded": BASE,
    "uvicorn_server": set(),
    "client": {"http", "json_text"},
    "runs": BASE,
    "store": BASE | {"runs"},
    "drupal": BASE | {"runs"},
    "tools": BASE | {"runs", "drupal"},
    "models": BASE | {"runs", "tools"},
    "engine": BASE | {"runs", "store", "drupal", "tools", "models"},
    "intake": BASE | {"runs", "store", "drupal"},
    "remote": BASE | {"runs", "store", "drupal"},
    "context": BASE | {"runs", "store", "drupal", "intake", "notify", "remote"},
    "notify": BASE,
    **{
        door: BASE
        | {
            "context",
            "embedded",
            "runs",
            "store",
            "drupal",
            "tools",
            "engine",
            "intake",
            "process",
            "remote",
            "resources",
            "uvicorn_server",
        }
        for door in DOORS
    },
}
ALLOWED["__main__"] = {"cli"}
ALLOWED["worker"] = BASE | {"context", "runs", "store", "tools", "engine", "models"}
ALLOWED["console"] = BASE | {"runs", "store", "context", "drupal"}
ALLOWED["doctor"] = BASE | {"runs", "store", "drupal", "intake", "engine", "tools", "context", "remote", "resources"}
ALLOWED["resources"] = BASE | {"embedded", "context", "runs", "store", "drupal", "intake", "remote"}
ALLOWED["site_tasks"] = BASE | {"context", "drupal", "intake", "notify", "api", "doctor", "process"}
ALLOWED["presence"] = BASE | {"context", "intake", "runs", "worker"}
ALLOWED["serve"] = BASE | {"a2a", "context", "api", "mcp_server", "process", "remote", "uvicorn_server"}
# The command line starts the others; it holds no logic of its own.
ALLOWED["cli"] |= {"console", "doctor", "mcp_server"}
EVERYTHING = {"process"}
# The port of the tools: values and protocols that the site's side fills.
PORTS = {"sidecar.tools.base"}
HTTPX = {"http", "client", "drupal", "tools", "demo", "mcp_server"}
# What sends requests, by library, and what makes a client of its own unless it is given one.
CLIENTS = re.compile(
    r"httpx2?\.(Async)?(Client|HTTPTransport)|httpx2?\.(get|post|put|patch|delete|head|options|request|stream)"
)
OTHER_CLIENTS = {"aiohttp", "requests", "urllib3", "urllib.request", "http.client", "niquests", "pycurl"}
TAKE_A_CLIENT = {"AsyncAnthropic", "AsyncOpenAI", "streamable_http_client"}


def part(path: Path) -> str:
    """The first name below `sidecar`: a package, or a module without its ending; `demo` for all of the demo."""
    if path.is_relative_to(DEMO):
        return "demo"
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path, *, at_import_time: bool = False) -> Iterator[str]:
    """Dotted names that a file imports; `at_import_time` leaves out those inside functions and behind TYPE_CHECKING."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in _top_level(tree) if at_import_time else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: use absolute imports"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _top_level(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from _top_level(child)


def own_parts(path: Path) -> set[str]:
    """The parts of the sidecar that a file imports."""
    names = (name.split(".") for name in imports(path) if not any(f"{name}.".startswith(f"{port}.") for port in PORTS))
    return {name[1] for name in names if name[0] == "sidecar" and len(name) > 1 and name[1] != "__version__"}


def relative(path: Path) -> str:
    """Name of a test's case: below `sidecar` from there, else from the top."""
    return path.relative_to(PACKAGE if path.is_relative_to(PACKAGE) else ROOT).as_posix()


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_imports_only_what_is_below(path: Path) -> None:
    """Base <- runs <- store <- drupal, tools <- engine, intake <- doors; doors never import each other; only process sees all."""
    name = part(path)
    if name in EVERYTHING or name == "__init__":
        return
    assert name in ALLOWED, f"say in {Path(__file__).name} where {name} stands"
    assert own_parts(path) - ALLOWED[name] - {name} == set()


def test_every_place_that_is_named_here_exists() -> None:
    """A rule for a part that is not there is read as a description of the sidecar."""
    named = set(ALLOWED).union(HTTPX, EVERYTHING, *ALLOWED.values())
    assert named - {part(path) for path in FILES} == set()


@pytest.mark.parametrize("path", SIDECAR_FILES, ids=relative)
def test_the_sidecar_needs_neither_demo_nor_tests(path: Path) -> None:
    """An installed sidecar has neither of them."""
    assert {name.split(".")[0] for name in imports(path)} & {"demo", "tests"} == set()


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_httpx_only_where_the_network_is_the_business(path: Path) -> None:
    """Drupal, tools, and processes among themselves speak HTTP with httpx; nothing else does."""
    if part(path) not in HTTPX:
        assert "httpx" not in {name.split(".")[0] for name in imports(path)}


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_http_clients_are_made_in_one_place(path: Path) -> None:
    """Only http.py makes HTTP clients, so that none keeps a cookie; what would make its own is given one.

    The stand-in plays Drupal, and sends without any of them."""
    if relative(path) == "http.py" or part(path) == "demo":
        return
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    assert [ast.unparse(call.func) for call in calls if CLIENTS.fullmatch(ast.unparse(call.func))] == []
    assert OTHER_CLIENTS & set(imports(path)) == set()
    assert not any(CLIENTS.fullmatch(name) for name in imports(path))
    for call in calls:
        if ast.unparse(call.func) in TAKE_A_CLIENT:
            assert "http_client" in {keyword.arg for keyword in call.keywords}


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_environment_only_in_settings(path: Path) -> None:
    """One file reads the environment; what it does not list cannot be set."""
    if relative(path) == "settings/load.py":
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    touched = {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    assert touched & {"os.environ", "os.getenv", "os.environb", "os.putenv"} == set()


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_redis_commands_only_in_the_store(path: Path) -> None:
    """Keys and commands live in store/ and its Lua files, so that what is in Redis can be read in one place."""
    if part(path) in {"store", "resources"}:
        return
    names = {name for name in imports(path) if name.split(".")[0] == "redis"}
    assert names <= {"redis.exceptions"} | {name for name in names if name.startswith("redis.exceptions.")}


def test_doors_start_without_the_engine() -> None:
    """Neither the CLI nor the API imports pydantic_ai or a model's SDK: that costs a second and 60 MB."""
    assert loaded("sidecar.cli, sidecar.api.app", ("pydantic_ai", "openai", "anthropic")) == "[]"


def test_a_worker_claims_without_the_engine() -> None:
    """A killed worker's runs wait for this much of the next one, so it is Redis, the settings and little else."""
    late = ("pydantic_ai", "httpx", "httpx2", "jsonschema", "pymysql", "mcp", "fastapi")
    assert loaded("sidecar.cli, sidecar.process, sidecar.worker.process", late) == "[]"


def test_a_worker_starts_without_what_only_some_runs_need() -> None:
    """MCP costs a second of CPU, each model's SDK half of one, and a killed worker's runs wait for the start."""
    engine = ", ".join(f"sidecar.{name}" for name in ("engine.engine", "models.names", "worker.runner"))
    late = ("mcp", "mcp_types", "openai", "anthropic", "fastapi", "starlette", "uvicorn")
    assert loaded(f"sidecar.worker.process, {engine}, sidecar.tools.guards, sidecar.tools.registry", late) == "[]"


def loaded(modules: str, late: tuple[str, ...]) -> str:
    """Which of `late` a fresh process has once it has imported `modules`."""
    script = f"import sys, {modules}; print([name for name in {late} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.strip()


def test_the_wheel_is_the_sidecar_and_its_schemas() -> None:
    """Neither the demo nor what is for tests alone is installed; the schemas are where contracts.py looks for them."""
    import tomllib

    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["only-include"] == ["sidecar", "contracts"]
    assert wheel["sources"] == {"contracts": "sidecar/_contracts"}
    for folder in (path for path in (ROOT / "contracts").iterdir() if path.suffixes != [".schema", ".json"]):
        assert folder.relative_to(ROOT).as_posix() in wheel["exclude"]


@pytest.mark.parametrize("module", ["findings", "settings", "store", "runs.contact", "a2a.notifying"])
def test_whichever_is_imported_first(module: str) -> None:
    """No circle: a process may begin with any of them."""
    assert loaded(f"sidecar.{module}", ()) == "[]"


def test_nothing_is_done_at_import() -> None:
    """No part of the sidecar imports pydantic_ai at its top, except models and what is said to them."""
    found = {
        relative(path)
        for path in FILES
        if part(path) != "models"
        and any(name.split(".")[0] == "pydantic_ai" for name in imports(path, at_import_time=True))
    }
    assert found == set()


def test_the_engine_does_not_know_pydantic_ai() -> None:
    """Only models and the codec of their messages do: the loop is ours, so a release of pydantic-ai cannot change when a tool is called."""
    knows = {relative(path) for path in FILES if any(name.split(".")[0] == "pydantic_ai" for name in imports(path))}
    assert {name for name in knows if not name.startswith("models/")} == set()
