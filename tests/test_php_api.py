"""What modules may build on: each class says `@api` or `@internal`, and what is `@api` is described and kept small."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULE = ROOT / "drupal_module"
NAMESPACES = {
    "Drupal\\background_agents\\": MODULE / "src",
    "Drupal\\background_agents_eca\\": MODULE / "modules/background_agents_eca/src",
    "Drupal\\background_agents_flowdrop\\": MODULE / "modules/background_agents_flowdrop/src",
    "Drupal\\background_agents_maestro\\": MODULE / "modules/background_agents_maestro/src",
}
CLASSES = sorted(path for folder in NAMESPACES.values() for path in folder.rglob("*.php"))
DECLARATION = re.compile(r"^(?:(?:abstract|final|readonly) )*(?:class|interface|trait|enum) (\w+)", re.M)
METHOD = re.compile(r"^  (?:(?:final|static|abstract) )*public (?:static )?function (\w+)\(", re.M)


def head(path: Path) -> str:
    """The doc comment of the class in a file."""
    text = path.read_text(encoding="utf-8")
    declaration = DECLARATION.search(text)
    assert declaration is not None, path
    comments = re.findall(r"/\*\*.*?\*/", text[: declaration.start()], re.S)
    assert comments, f"{path}: the class has no doc comment"
    return comments[-1]


def relative(path: Path) -> str:
    """Name of a test's case."""
    return path.relative_to(MODULE).as_posix()


API = [path for path in CLASSES if "@api" in head(path)]


def full_name(path: Path) -> str:
    """The class's name with its namespace."""
    for namespace, folder in NAMESPACES.items():
        if path.is_relative_to(folder):
            return namespace + path.relative_to(folder).with_suffix("").as_posix().replace("/", "\\")
    raise AssertionError(path)


@pytest.mark.parametrize("path", CLASSES, ids=relative)
def test_class_says_whether_others_may_use_it(path: Path) -> None:
    """Exactly one of the two tags, so that nobody has to guess what a minor version may change."""
    assert len(re.findall(r"^ \* @(?:api|internal)\b", head(path), re.M)) == 1


@pytest.mark.parametrize("path", API, ids=relative)
def test_public_methods_of_the_api_are_described(path: Path) -> None:
    """Who calls a method reads what it does; only a constructor with described or named values needs no sentence."""
    text = path.read_text(encoding="utf-8")
    bare = []
    for method in METHOD.finditer(text):
        before = re.sub(r"\n  #\[[^\n]*\]\s*$", "\n", text[: method.start()]).rstrip()
        if not before.endswith("*/") and method[1] != "__construct":
            bare.append(method[1])
    assert bare == []


@pytest.mark.parametrize("path", API, ids=relative)
def test_the_api_hands_out_only_what_is_api(path: Path) -> None:
    """No public method, besides the constructor of a service, takes or returns a class of the module that is internal."""
    text = path.read_text(encoding="utf-8")
    known = {entry.stem: entry for entry in CLASSES}
    own = full_name(path).rpartition("\\")[0]
    imported = {name.rpartition("\\")[2]: name for name in re.findall(r"^use ([\w\\]+);", text, re.M)}
    allowed = {full_name(entry) for entry in API}
    found = set()
    for method in METHOD.finditer(text):
        if method[1] == "__construct":
            continue
        signature = text[method.end() : text.index("\n", method.end())]
        for word in set(re.findall(r"(?<![\$\\\w])([A-Z]\w+)", signature)):
            name = imported.get(word, f"{own}\\{word}")
            if word in known and name == full_name(known[word]) and name not in allowed:
                found.add(name)
    assert found == set()


def test_the_api_is_in_the_reference() -> None:
    """Each class and hook that others may use is on the page about it, and no other class is."""
    page = (ROOT / "docs/reference/php-api.md").read_text(encoding="utf-8")
    named = {name.replace("\\\\", "\\") for name in re.findall(r"`(Drupal\\background_agents[\w\\]*)`", page)}
    assert named == {full_name(path) for path in API}
    hooks = re.findall(
        r"^function (hook_\w+)\(", (MODULE / "background_agents.api.php").read_text(encoding="utf-8"), re.M
    )
    assert hooks
    assert [hook for hook in hooks if f"`{hook}" not in page] == []
