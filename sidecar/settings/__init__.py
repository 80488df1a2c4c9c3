"""Settings: the environment (`SIDECAR_*`, nested by `__`) over one TOML file.

A wrong or unknown setting raises `SettingsError` with a sentence that names it. Values never appear in messages,
secrets never in `repr`.
"""

from sidecar.settings.database import DatabaseSettings
from sidecar.settings.limits import LimitSettings
from sidecar.settings.load import load, variable
from sidecar.settings.model import Settings
from sidecar.settings.parts import EndpointSettings, SecretSettings
from sidecar.settings.site import SiteSettings, secret_bytes

__all__ = [
    "DatabaseSettings",
    "EndpointSettings",
    "LimitSettings",
    "SecretSettings",
    "Settings",
    "SiteSettings",
    "load",
    "secret_bytes",
    "variable",
]
