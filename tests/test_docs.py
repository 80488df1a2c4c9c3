"""Documentation that can fail: what programs and people can meet is in the reference, and links lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import NoneType
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel

from sidecar import settings
from tests.contract.cases import CONTRACTS, load

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")),
    CONTRACTS / "README.md",
    *sorted(DOCS.rglob("*.md")),
]
DECISIONS = sorted((DOCS / "decisions").glob("[0-9]*.md"))
MODULE = ROOT / "drupal_module"
WORDS = re.compile(r"`([^`\n]+)`")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def said(page: str) -> set[str]:
    """Everything in code font on a page of the reference."""
    text = (DOCS / "reference" / f"{page}.md").read_text(encoding="utf-8")
    return set(WORDS.findall(FENCED.sub("", text)))


def sources(*patterns: str) -> str:
    """The text of all source files that fit, tests and the demo's stand-in left out."""
    files = (path for pattern in patterns for path in ROOT.glob(pattern))
    return "\n".join(path.read_text(encoding="utf-8") for path in files if "tests" not in path.relative_to(ROOT).parts)


def setting_names(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Dotted names of all settings; `<...>` stands for a key that the site's owner chooses."""
    placeholders = {"sites": "<id>", "endpoints": "<name>", "prices": '"<model>"', "secrets": "<name>"}
    for name, field in model.model_fields.items():
        yield prefix + name
        nested = [
            found for found in _types(field.annotation) if isinstance(found, type) and issubclass(found, BaseModel)
        ]
        for inner in nested:
            key = f"{placeholders[name]}." if name in placeholders else ""
            yield from setting_names(inner, f"{prefix}{name}.{key}")


def _types(annotation: Any) -> Iterator[Any]:
    arguments = get_args(annotation)
    yield from (
        (annotation,)
        if not arguments
        else (found for argument in arguments if argument is not NoneType for found in _types(argument))
    )


@pytest.mark.parametrize("name", list(setting_names(settings.Settings)))
def test_setting_is_documented(name: str) -> None:
    """Each setting of the sidecar is in the reference."""
    assert {name} - said("settings") == set()


def test_settings_that_are_gone_are_not_documented() -> None:
    """The reference names no setting that the sidecar refuses."""
    known = set(setting_names(settings.Settings))
    dotted = {
        word
        for word in said("settings")
        if re.match(r"(sites|worker|endpoints|prices|secrets)[.]", word) and word != "sites.<id>"
    }
    assert {
        word
        for word in dotted - known
        if not re.fullmatch(r'(endpoints\.<name>|secrets\.<name>|prices\."<model>")', word)
    } == set()


def module_settings() -> list[str]:
    """Dotted keys of the module's configuration."""
    document = yaml.safe_load((MODULE / "config/install/background_agents.settings.yml").read_text(encoding="utf-8"))
    return [
        f"{key}.{inner}" if inner else key
        for key, value in document.items()
        for inner in (value if isinstance(value, dict) else [""])
    ]


@pytest.mark.parametrize("name", module_settings())
def test_module_setting_is_documented(name: str) -> None:
    """Each key of the module's configuration is in the reference."""
    assert {name} - said("settings") == set()


@pytest.mark.parametrize("type", sorted(load(CONTRACTS / "event.schema.json")["$defs"]))
def test_event_type_and_its_data_are_documented(type: str) -> None:
    """Each event type, and each of its members, is in the reference."""
    definition = load(CONTRACTS / "event.schema.json")["$defs"][type]
    assert type in said("events")
    assert definition["properties"]["data"]["properties"].keys() - said("events") == set()


def test_problem_codes_are_documented() -> None:
    """Each code of a problem document, on either side, is in the reference."""
    php = sources("drupal_module/**/*.php")
    python = sources("sidecar/api/**/*.py", "sidecar/errors.py")
    codes = set(re.findall(r"(?:::of|new Problem|problem)\(\s*\d{3},\s*'([a-z_]+)'", php))
    codes |= set(re.findall(r"(?:new SignatureRefused|refuse)\(\s*'([a-z_]+)'", php))
    codes |= set(re.findall(r"\d{3} => \['([a-z_]+)'", php))
    codes |= set(re.findall(r"(?:Problem|document)\(\s*\d{3},\s*\"([a-z_]+)\"", python))
    codes |= set(re.findall(r"\d{3},\s*\"([a-z_]{4,})\"", python)) | set(re.findall(r"\d{3}:\s*\"([a-z_]+)\"", python))
    assert len(codes) > 10
    assert codes - said("endpoints") == set()


def test_reasons_are_documented() -> None:
    """Each reason that the sidecar gives is in the reference."""
    python = sources(
        "sidecar/engine/**/*.py",
        "sidecar/runs/**/*.py",
        "sidecar/drupal/*.py",
        "sidecar/tools/*.py",
        "sidecar/intake/*.py",
    )
    reasons = set(
        re.findall(
            r"\"(?:fail:)?((?:limit|model|tool|drupal|engine|token|journal|job|settings|content|jsonapi):[a-z_]+)\"",
            python,
        )
    )
    reasons |= {
        f"limit:{what}"
        for what in settings.LimitSettings.model_fields
        if what in ("steps", "tool_calls", "tokens", "cost_micros", "wall_seconds", "writes")
    }
    assert len(reasons) > 20
    assert reasons - said("reasons") - said("tools") == set()


def test_permissions_are_documented() -> None:
    """Each permission of the module is explained to who grants it."""
    document = yaml.safe_load((MODULE / "background_agents.permissions.yml").read_text(encoding="utf-8"))
    titles = {entry["title"] for name, entry in document.items() if name != "permission_callbacks"}
    text = (DOCS / "reference" / "permissions.md").read_text(encoding="utf-8")
    assert {title for title in titles if title not in text} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    """Relative links and images exist."""
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if "://" not in target and not (page.parent / target).exists()] == []


def test_every_page_can_be_found() -> None:
    """The index links every page of the documentation, and the list of decisions each decision."""
    text = (DOCS / "index.md").read_text(encoding="utf-8")
    pages = {page.relative_to(DOCS).as_posix() for page in set(DOCS.rglob("*.md")) - set(DECISIONS)} - {"index.md"}
    assert {page for page in pages if f"]({page})" not in text} == set()


def test_decisions_are_numbered_and_listed() -> None:
    """Numbers have no gap, and each decision is in the list under its title."""
    assert [int(page.name[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    listed = (DOCS / "decisions" / "index.md").read_text(encoding="utf-8")
    for page in DECISIONS:
        title = re.match(r"# (\d{4})\. (.+)\n", page.read_text(encoding="utf-8"))
        assert title is not None, page
        assert page.name.startswith(title[1])
        assert f"{int(title[1])}. [{title[2]}]({page.name})" in listed


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_tells_four_things(page: Path) -> None:
    """Context, decision, reason, and what broke when it was otherwise."""
    parts = re.split(r"^## (.+)\n", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert parts[1::2] == ["Context", "Decision", "Reason", "What broke when it was otherwise"]
    assert all(len(text.split()) > 3 for text in parts[2::2])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_make_targets_exist(page: Path) -> None:
    """What a page tells to make can be made."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    text = page.read_text(encoding="utf-8")
    code = WORDS.findall(FENCED.sub("", text)) + [line for block in FENCED.findall(text) for line in block.splitlines()]
    told = {found[1] for line in code if (found := re.match(r"make ([a-z-]+)", line))}
    assert {target for target in told if not re.search(rf"^{target}:", makefile, re.MULTILINE)} == set()


def test_environment_variables_exist() -> None:
    """A variable that the documentation or the Compose file names is one of the settings."""
    text = "\n".join(page.read_text(encoding="utf-8") for page in [*PAGES, ROOT / "docker-compose.yml"])
    known = {name.split(".")[0] for name in setting_names(settings.Settings)} | {"config"}
    named = {name.lower().split("__")[0] for name in re.findall(r"\bSIDECAR_([A-Z][A-Z_]+)\b", text)}
    assert named - known - {"port"} == set()


def test_nothing_names_a_machine() -> None:
    """The documentation is about the project, not about where it was written."""
    for page in PAGES:
        assert re.search(r"(?<![\w.])/(?:work|root|home)/", page.read_text(encoding="utf-8")) is None, page


def cli_names() -> dict[str, set[str]]:
    """Each command of the sidecar with the long names of its options."""
    import typer

    from sidecar.cli import app

    found: dict[str, set[str]] = {}

    def walk(command: Any, path: str) -> None:
        for name, child in getattr(command, "commands", {}).items():
            walk(child, f"{path} {name}")
        if not getattr(command, "commands", None):
            names = [option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)]
            found[path] = {option for option in names if option.startswith("--")} - {"--help"}

    walk(typer.main.get_command(app), "sidecar")
    return found


@pytest.mark.parametrize("command", sorted(cli_names()))
def test_command_is_documented(command: str) -> None:
    """Each command and its options are in the reference."""
    assert command in said("cli")
    rows = [
        row
        for row in (DOCS / "reference" / "cli.md").read_text(encoding="utf-8").splitlines()
        if row.startswith(f"| `{command}`")
    ]
    shared = {"--note", "--follow"}
    assert {option for option in cli_names()[command] if option not in rows[0]} <= shared


def test_drush_commands_are_documented() -> None:
    """Each Drush command and its options are in the reference."""
    php = sources("drupal_module/**/Commands/*.php")
    names = set(re.findall(r"CLI\\Command\(name: '([a-z:-]+)'", php))
    options = {f"--{name}" for name in re.findall(r"CLI\\Option\(name: '([a-z-]+)'", php)}
    assert len(names) >= 5
    assert (names | options) - said("cli") == set()


def test_docs_name_only_commands_that_exist() -> None:
    """What a page tells to type can be typed."""
    commands = cli_names()
    parts = {part for command in commands for part in (command, command.rsplit(" ", 1)[0])}
    for page in [*PAGES, ROOT / "docker-compose.yml"]:
        for found in re.findall(r"sidecar ((?:runs )?[a-z]+(?:-[a-z]+)*)\b", " ".join(_code(page))):
            assert f"sidecar {found}" in parts, f"{page.name}: sidecar {found}"


def _code(page: Path) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return WORDS.findall(FENCED.sub("", text)) + FENCED.findall(text)


def test_the_code_obeys_the_glossary() -> None:
    """Each term is used in the code, and none of the words that the glossary does without."""
    page = (DOCS / "reference" / "glossary.md").read_text(encoding="utf-8")
    table, _, without = page.partition("Words that are not used")
    code = sources("sidecar/**/*.py", "sidecar/**/*.lua", "demo/**/*.py", "drupal_module/**/*.php").lower()
    terms = [term.lower() for term in re.findall(r"^\| \*\*([\w -]+)\*\*", table, re.MULTILINE)]
    assert len(terms) > 30
    words = re.sub(r"[_\-\s*#]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", code))
    assert [term for term in terms if not re.search(rf"\b{re.escape(term.replace('-', ' '))}", words)] == []
    assert [word for word in WORDS.findall(without) if re.search(rf"\b{word}", words)] == []
