"""The check of PHP finds what is wrong, and says what it could not check."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests import php_style

needs_php = pytest.mark.skipif(shutil.which("php") is None, reason="no php is installed")


def program(folder: Path, name: str, script: str) -> str:
    """A stand-in for an installed program."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


@needs_php
def test_a_syntax_error_is_named_with_file_and_line(tmp_path: Path) -> None:
    """Whoever reads the check's output knows where to look."""
    wrong = tmp_path / "Wrong.php"
    wrong.write_text("<?php\n\nfunction f( {\n}\n", encoding="utf-8")
    right = tmp_path / "Right.php"
    right.write_text("<?php\n\nfunction f() {\n}\n", encoding="utf-8")
    [failure] = php_style.syntax("php", [right, wrong])
    assert failure.startswith(f"{wrong}: ")
    assert "line 3" in failure


@needs_php
def test_a_typed_constant_is_read_by_any_php(tmp_path: Path) -> None:
    """PHP 8.2 (Debian 12) reads files whose only newer syntax is the type of a constant."""
    path = tmp_path / "Typed.php"
    path.write_text("<?php\nfinal class Typed {\n  public const ?string NAME = NULL;\n  const array ALL = [];\n}\n")
    assert php_style.syntax("php", [path]) == []


@pytest.mark.parametrize(
    ("code", "read"),
    [
        ("  public const string NAME = 'a';", "  public const        NAME = 'a';"),
        ("  const NAME = 'a';", "  const NAME = 'a';"),
        ("  final protected const int|string A = 1;", "  final protected const            A = 1;"),
        ("use const Foo\\BAR;", "use const Foo\\BAR;"),
    ],
)
def test_types_of_constants_are_blanked_out(code: str, read: str) -> None:
    """Nothing else of the line changes, and it keeps its length."""
    assert php_style.without_types(code) == read


@pytest.mark.parametrize(
    ("installed", "ruleset", "said"),
    [
        ("The installed coding standards are PSR2, Drupal and DrupalPractice", "phpcs.xml.dist", "Drupal and"),
        ("The installed coding standards are PSR2, Squiz and Zend", "phpcs.generic.xml", "only what phpcs' own"),
    ],
)
def test_the_standard_that_is_installed_is_used(tmp_path: Path, installed: str, ruleset: str, said: str) -> None:
    """Without drupal/coder the generic rules are checked, and the check says so."""
    called = tmp_path / "called"
    phpcs = program(
        tmp_path, "phpcs", f'if [ "$1" = -i ]; then echo "{installed}"; else echo "$@" > {called}; exit 2; fi'
    )
    sentence, code = php_style.standard(phpcs)
    assert said in sentence
    assert code == 2
    assert called.read_text().strip().endswith(ruleset)


def test_without_php_nothing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who works on the sidecar alone needs no PHP, and is told what was not checked."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("PHP", raising=False)
    assert php_style.main() == 0
    assert "no php is installed" in capsys.readouterr().out


def test_what_phpcs_finds_fails_the_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A violation is a failure, as a syntax error is."""
    monkeypatch.setenv("PHP", program(tmp_path, "php", 'if [ "$1" = -r ]; then echo 8.4.1; fi'))
    monkeypatch.setenv("PHPCS", program(tmp_path, "phpcs", '[ "$1" = -i ] || exit 1'))
    assert php_style.main() == 1
    assert "see above" in capsys.readouterr().out


def test_both_rulesets_are_there() -> None:
    """The check names files that exist."""
    assert {"phpcs.xml.dist", "phpcs.generic.xml"} <= {path.name for path in php_style.MODULE.iterdir()}
    assert len(php_style.files()) > 200
