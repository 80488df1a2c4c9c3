"""docker-compose.yml fits the Compose specification and keeps the project's own rules. No Docker is needed."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, Any] = COMPOSE["services"]
SIDECARS = ("api", "worker")


@cache
def specification() -> dict[str, Any]:
    """The JSON Schema of the Compose specification, as check-jsonschema carries it."""
    file = resources.files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    return json.loads(file.read_text(encoding="utf-8"))


def test_fits_the_compose_specification() -> None:
    """The file is a Compose file."""
    errors = [
        f"{error.json_path}: {error.message}" for error in Draft202012Validator(specification()).iter_errors(COMPOSE)
    ]
    assert errors == []


def test_the_specification_finds_an_error() -> None:
    """The check above can fail."""
    broken = COMPOSE | {"services": {"worker": {"comand": ["sidecar"]}}}
    assert not Draft202012Validator(specification()).is_valid(broken)


def test_services() -> None:
    """Drupal with its database, Redis, the API and the workers."""
    assert {"database", "redis", "drupal", "api", "worker"} <= SERVICES.keys()


@pytest.mark.parametrize("name", SERVICES)
def test_has_a_health_check_and_comes_back(name: str) -> None:
    """Each service says whether it is well, and is started again."""
    assert SERVICES[name]["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_workers_scale() -> None:
    """`--scale worker=N` works: no fixed name, no port, no volume of its own."""
    assert not {"container_name", "ports", "hostname", "volumes"} & SERVICES["worker"].keys()


def test_workers_have_time_to_hand_over() -> None:
    """Docker waits longer than a worker drains."""
    assert int(SERVICES["worker"]["stop_grace_period"].rstrip("s")) > 8


def test_redis_keeps_what_it_is_given() -> None:
    """Append-only file on a volume, and no eviction."""
    command = " ".join(SERVICES["redis"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command
    assert SERVICES["redis"]["volumes"] == ["redis:/data"]


def test_redis_and_database_are_not_reachable_from_outside() -> None:
    """Neither has a port, and only those who need them share a network with them."""
    for name, users in (("redis", {"redis", "api", "worker"}), ("database", {"database", "drupal", "cron"})):
        (network,) = SERVICES[name]["networks"]
        assert COMPOSE["networks"][network]["internal"] is True
        assert {other for other, service in SERVICES.items() if network in service["networks"]} == users
        assert "ports" not in SERVICES[name]


def test_published_ports_listen_on_this_machine_only() -> None:
    """A first start on a machine in a network shows nothing to it."""
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_secrets_have_no_default() -> None:
    """Each secret comes from the environment, and its absence stops the start with a sentence."""
    secrets = {
        name: value
        for service in SERVICES.values()
        for name, value in service.get("environment", {}).items()
        if re.search(r"SECRET|TOKEN|PASSWORD", name) and name != "MARIADB_RANDOM_ROOT_PASSWORD"
    }
    assert secrets.keys() >= {
        "SIDECAR_SITE_SECRET",
        "SIDECAR_OPERATOR_TOKEN",
        "BACKGROUND_AGENTS_SECRET",
        "MARIADB_PASSWORD",
    }
    for name, value in secrets.items():
        assert re.fullmatch(r"\$\{[A-Z_]+:\?[^}]{20,}\}", value), name


def test_both_sides_get_the_same_secret() -> None:
    """One variable feeds Drupal and the sidecar."""
    assert (
        SERVICES["drupal"]["environment"]["BACKGROUND_AGENTS_SECRET"]
        == SERVICES["api"]["environment"]["SIDECAR_SITE_SECRET"]
    )


def test_the_module_is_mounted_read_only() -> None:
    """Drupal sees the module as it is here."""
    assert "./drupal_module:/opt/drupal/web/modules/custom/background_agents:ro" in SERVICES["drupal"]["volumes"]


@pytest.mark.parametrize("name", SIDECARS)
def test_the_sidecar_is_confined(name: str) -> None:
    """No capability, no new privileges, nothing to write to but /tmp."""
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_the_sidecar_knows_its_settings() -> None:
    """The environment of the containers is accepted by the settings, as Compose would hand it over."""
    from sidecar import settings

    given = {
        name: str(value) for name, value in SERVICES["worker"]["environment"].items() if name.startswith("SIDECAR_")
    }
    filled = {name: _filled(value) for name, value in given.items()}
    loaded = settings.load(filled)
    assert list(loaded.sites) == ["default"]
    assert not loaded.loopback


def _filled(value: str) -> str:
    """A variable's value as Compose fills it in: its default, or a text that is long enough."""
    return re.sub(r"\$\{[A-Z_]+(?::-([^}]*)|:\?[^}]*)\}", lambda found: found[1] or "x" * 40, value)


@pytest.mark.parametrize("name", ["api", "worker", "drupal"])
def test_build_files_exist(name: str) -> None:
    """The Dockerfiles that the file names are there."""
    build = SERVICES[name]["build"]
    assert (ROOT / build["context"] / build["dockerfile"]).is_file()


def test_health_checks_use_commands_that_exist() -> None:
    """A check that always fails would restart nothing, but hide everything."""
    from typer.testing import CliRunner

    from sidecar.cli import app

    for name in SIDECARS:
        command = SERVICES[name]["healthcheck"]["test"][1:]
        if command[0] == "sidecar":
            assert CliRunner().invoke(app, [*command[1:], "--help"]).exit_code == 0
