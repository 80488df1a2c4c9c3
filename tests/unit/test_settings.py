"""Settings: what is read, and what each mistake is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sidecar.errors import SettingsError
from sidecar.settings import load

SECRET = "a-secret-of-more-than-24-bytes"
SITE = {"SIDECAR_SITE_URL": "https://a.example/", "SIDECAR_SITE_SECRET": SECRET}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_one_site_by_three_variables() -> None:
    """The short form."""
    site = load(SITE | {"SIDECAR_DATABASE_URL": "mysql://u:p%40@h:3307/n?prefix=x_"}).sites["default"]
    assert site.base_url == "https://a.example"
    assert site.intake == "mysql"
    assert site.database is not None
    assert (site.database.host, site.database.port, site.database.prefix) == ("h", 3307, "x_")
    assert site.database.password.get_secret_value() == "p@"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    """And parts of one section may come from both."""
    file = tmp_path / "mine.toml"
    file.write_text('port = 1\n[worker]\ncapacity = 7\nslot = "a"\n[sites.blog]\nbase_url = "https://b.example"\n')
    env = {
        "SIDECAR_CONFIG": str(file),
        "SIDECAR_PORT": "2",
        "SIDECAR_WORKER__SLOT": "b",
        "SIDECAR_SITES__BLOG__SECRETS": f"{SECRET} {SECRET}2",
    }
    settings = load(env)
    assert (settings.port, settings.worker.capacity, settings.worker.slot) == (2, 7, "b")
    assert len(settings.sites["blog"].keys) == 2


def test_overrides_win_over_all() -> None:
    """Options of the command line."""
    assert load({"SIDECAR_PORT": "2"}, port=3).port == 3


MISTAKES: list[tuple[dict[str, str], str]] = [
    ({"SIDECAR_PROT": "1"}, "SIDECAR_PROT is no setting"),
    ({"SIDECAR_PORT": "many"}, r"port \(SIDECAR_PORT\) is wrong"),
    ({"SIDECAR_WORKER__CAPACITI": "1"}, "no setting worker.capaciti"),
    ({"SIDECAR_SITE_URL": "https://a.example"}, "site_secret is not"),
    ({"SIDECAR_SITE_SECRET": SECRET}, "site_url is not"),
    ({"SIDECAR_SITE_URL": "a.example", "SIDECAR_SITE_SECRET": SECRET}, r"SIDECAR_SITE_URL.*such as https"),
    ({"SIDECAR_SITE_URL": "https://a", "SIDECAR_SITE_SECRET": "short"}, r"SIDECAR_SITE_SECRET.*24 bytes"),
    ({"SIDECAR_SITE_URL": "https://a", "SIDECAR_SITE_SECRET": "whsec_!"}, r"SIDECAR_SITE_SECRET.*no base64"),
    (SITE | {"SIDECAR_INTAKE": "mysql"}, "needs `database`"),
    (SITE | {"SIDECAR_DATABASE_URL": "postgres://h/n"}, "mysql://user"),
    (SITE | {"SIDECAR_DATABASE_URL": "mysql://u@h/n?x=1"}, "unknown parameter x"),
    (SITE | {"SIDECAR_SITE_ID": "My Site"}, "site id"),
    ({"SIDECAR_HOST": "0.0.0.0"}, "needs operator_token"),
    ({"SIDECAR_PUBLIC_URL": "https://agents.example.org"}, r"agents.example.org needs operator_token"),
    ({"SIDECAR_ALLOWED_HOSTS": "agents.example.org:443"}, r"agents.example.org needs operator_token"),
    ({"SIDECAR_OPERATOR_TOKEN": "short"}, "at least 16"),
    ({"SIDECAR_SITES__A__SECRETS": SECRET}, r"sites.a.base_url is missing.*SIDECAR_SITES__A__BASE_URL"),
    ({"SIDECAR_SITES__A__BASE_URL": "https://a", "SIDECAR_SITES__A__SECRETS": ""}, "sites.a.secrets"),
    (SITE | {"SIDECAR_WORKER__LEASE_SECONDS": "1.2"}, "three times beat_seconds"),
    ({"SIDECAR_CONFIG": "nowhere.toml"}, "does not exist"),
    ({"SIDECAR_SITES": "{"}, "sites"),
]


@pytest.mark.parametrize(("env", "sentence"), MISTAKES, ids=lambda value: value if isinstance(value, str) else "")
def test_each_mistake_is_told_in_a_sentence(env: dict[str, str], sentence: str) -> None:
    """It names the setting, and never the value of a secret."""
    with pytest.raises(SettingsError, match=sentence) as error:
        load(env)
    assert str(error.value).endswith((".", ")"))
    for secret in ("short", SECRET):
        assert secret not in str(error.value)


def test_a_broken_file_is_told(tmp_path: Path) -> None:
    """With its line."""
    (tmp_path / "sidecar.toml").write_text("port = = 1")
    with pytest.raises(SettingsError, match=r"sidecar.toml is not valid TOML.*line 1"):
        load({})


@pytest.mark.parametrize("limits", [{"stepps": 1}, {"steps": -1}, {"model_timeout": 3}])
def test_a_site_has_the_limits_of_runs_only(limits: dict[str, Any]) -> None:
    """A wrong name, a wrong value, and a time-out that is not a run's."""
    with pytest.raises(SettingsError, match="limit"):
        load({}, sites={"a": {"base_url": "https://a", "secrets": [SECRET], "limits": limits}})


def test_a_secret_names_the_hosts_that_may_get_it() -> None:
    """In a table or by variables; the plain form names none, so it goes nowhere. A host is no address."""
    assert load({"SIDECAR_SECRETS__BOX": "abc"}).secrets["box"].hosts == []
    named = load({"SIDECAR_SECRETS__BOX__VALUE": "abc", "SIDECAR_SECRETS__BOX__HOSTS": "A.example b.example:8443"})
    assert named.secrets["box"].hosts == ["a.example", "b.example:8443"]
    assert "abc" in named.secret_values()
    with pytest.raises(SettingsError, match=r"secrets\.box\.hosts.*without https"):
        load({}, secrets={"box": {"value": "abc", "hosts": ["https://a.example/"]}})


def test_secrets_are_never_shown() -> None:
    """Neither printed nor dumped; and all of them are known, for redaction."""
    env = SITE | {
        "SIDECAR_OPERATOR_TOKEN": "operator-operator",
        "SIDECAR_SECRETS__CRM": "crm-crm-crm",
        "SIDECAR_DATABASE_URL": "mysql://u:dbdbdb@h/n",
        "SIDECAR_REDIS_URL": "redis://:redisredis@h",
        "SIDECAR_ENDPOINTS": '{"own": {"base_url": "http://h", "api_key": "endpoint-key"}}',
    }
    settings = load(env)
    shown = repr(settings) + str(settings.model_dump()) + settings.model_dump_json()
    for secret in (SECRET, "operator-operator", "crm-crm-crm", "dbdbdb", "redisredis", "endpoint-key"):
        assert secret not in shown
        assert any(secret in value for value in settings.secret_values())
