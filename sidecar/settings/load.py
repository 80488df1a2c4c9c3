"""Reads the settings: the environment (`SIDECAR_*`, nested by `__`) over one TOML file. Only this module reads the environment."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, InitSettingsSource, PydanticBaseSettingsSource

from sidecar.errors import SettingsError
from sidecar.findings import sentences
from sidecar.json_text import is_list, is_object
from sidecar.settings.model import PREFIX, Settings

CONFIG_VARIABLE = "SIDECAR_CONFIG"
DEFAULT_CONFIG = "sidecar.toml"
STANDARD = {
    "model_keys": {"anthropic": "ANTHROPIC_API_KEY", "openai": "OPENAI_API_KEY"},
    "model_urls": {"anthropic": "ANTHROPIC_BASE_URL", "openai": "OPENAI_BASE_URL"},
}
"""The providers' own names of variables, which their libraries read, too."""


def variable(name: str) -> str | None:
    """One variable of the environment, for a command that has no settings."""
    return os.environ.get(name)


class _Environment(EnvSettingsSource):
    """Variables of a given mapping. What is no JSON stays text: the field's own validation then says what is wrong."""

    def __init__(self, settings_cls: type[BaseSettings], environ: Mapping[str, str]) -> None:
        self._environ = {name.lower(): value for name, value in environ.items()}
        super().__init__(settings_cls)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return self._environ

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        try:
            decoded = json.loads(value)
        except ValueError:
            return value
        return decoded if is_object(decoded) or is_list(decoded) else value


def load(environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """The settings of this process. `overrides` (command line options, tests) win over environment and file.

    Raises SettingsError with one sentence for each wrong setting.
    """
    env = dict(os.environ if environ is None else environ)
    file = _read_file(env)
    _add_standard(file, env)
    _refuse_unknown_variables(env)

    class Bound(Settings):
        """Settings that read the given environment instead of the process's."""

        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *args: Any, **kwargs: Any
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return (InitSettingsSource(settings_cls, overrides), _Environment(settings_cls, env), init_settings)

    try:
        return Bound(**file)
    except ValidationError as error:
        raise SettingsError(
            " ".join(_sentence(item) for item in error.errors(include_input=False, include_url=False))
        ) from None


def _read_file(env: Mapping[str, str]) -> dict[str, Any]:
    named = env.get(CONFIG_VARIABLE)
    path = Path(named or DEFAULT_CONFIG)
    try:
        return tomllib.loads(path.read_text())
    except FileNotFoundError:
        if named:
            raise SettingsError(f"{CONFIG_VARIABLE} names {path}, which does not exist.") from None
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The settings file {path} cannot be read: {error}.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"The settings file {path} is not valid TOML: {error}.") from None


def _add_standard(file: dict[str, Any], env: Mapping[str, str]) -> None:
    """What stands under the providers' own variable names, where the file does not say it."""
    for setting, names in STANDARD.items():
        found = {provider: env[name] for provider, name in names.items() if env.get(name)}
        if found and isinstance(given := file.get(setting, {}), dict):
            file[setting] = found | given


def _refuse_unknown_variables(env: Mapping[str, str]) -> None:
    known = set(Settings.model_fields) | {"config"}
    for name in env:
        if name.upper().startswith(PREFIX) and name[len(PREFIX) :].lower().split("__")[0] not in known:
            raise SettingsError(
                f"The environment variable {name} is no setting of the sidecar. Remove it, or see the list of settings."
            )


def _sentence(item: Any) -> str:
    """One sentence for one pydantic error: the name of the setting, what is wrong, never the value."""
    path = [str(part) for part in item["loc"]]
    message = str(item["msg"]).removeprefix("Value error, ")
    if not path:
        return sentences(f"The settings do not fit together: {message}")
    variable = PREFIX + "__".join(path).upper()
    if item["type"] == "extra_forbidden":
        return f"There is no setting {'.'.join(path)}: remove it, or correct its name."
    if item["type"] == "missing":
        return f"The setting {'.'.join(path)} is missing: set it in the file or as {variable}."
    return sentences(f"The setting {'.'.join(path)} ({variable}) is wrong: {message[:1].lower() + message[1:]}")
