"""How the module's PHPUnit tests are run on a site, and what is said where they cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.site import phpunit


def site(tmp_path: Path, *, folder: str = "modules/contrib", has_phpunit: bool = True) -> dict[str, str]:
    """A Composer project with the module in it, and its settings."""
    module = tmp_path / "web" / folder / "background_agents"
    module.mkdir(parents=True)
    (module / "background_agents.info.yml").touch()
    if has_phpunit:
        (tmp_path / "vendor/bin").mkdir(parents=True)
        (tmp_path / "vendor/bin/phpunit").touch()
    return {
        "BACKGROUND_AGENTS_SITE_ROOT": str(tmp_path),
        "BACKGROUND_AGENTS_SITE_DB": "mysql://u:p@localhost/site",
        "BACKGROUND_AGENTS_SITE_URL": "http://localhost",
    }


@pytest.mark.parametrize("folder", ["modules/contrib", "modules/custom", "modules"])
def test_the_site_s_phpunit_tests_the_module_where_it_is(tmp_path: Path, folder: str) -> None:
    found = phpunit.command(site(tmp_path, folder=folder), ["--filter", "Guard"])
    assert found.arguments == (
        f"{tmp_path}/vendor/bin/phpunit",
        "-c",
        "core",
        "--filter",
        "Guard",
        f"{folder}/background_agents",
    )
    assert found.directory == tmp_path / "web"
    assert found.environment["SIMPLETEST_DB"] == "mysql://u:p@localhost/site"
    assert found.environment["SIMPLETEST_BASE_URL"] == "http://localhost"


def test_what_the_environment_names_wins(tmp_path: Path) -> None:
    """Another command, such as one in a container, and another database than the site's."""
    other = tmp_path / "phpunit"
    other.touch()
    named = {"BACKGROUND_AGENTS_SITE_PHPUNIT": str(other), "SIMPLETEST_DB": "sqlite://localhost/:memory:"}
    found = phpunit.command(site(tmp_path, has_phpunit=False) | named, [])
    assert found.arguments[0] == str(other)
    assert found.environment["SIMPLETEST_DB"] == "sqlite://localhost/:memory:"


def test_a_site_without_phpunit_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a sentence that says what to do, and without a failure."""
    for name, value in site(tmp_path, has_phpunit=False).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("BACKGROUND_AGENTS_SITE_PHPUNIT", raising=False)
    monkeypatch.setattr(phpunit, "settings_file", dict)
    assert phpunit.main([]) == 0
    told = capsys.readouterr().out
    assert "were left out" in told
    assert "composer require --dev drupal/core-dev" in told


def test_a_site_without_the_module_is_told_of(tmp_path: Path) -> None:
    given = site(tmp_path)
    (tmp_path / "web/modules/contrib/background_agents/background_agents.info.yml").unlink()
    with pytest.raises(phpunit.NotHere, match="the code of the module"):
        phpunit.command(given, [])
