"""Workers as processes of their own, for tests that kill or stop them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SITE_ENVIRONMENT = {
    "SIDECAR_CONFIG": os.devnull,
    "SIDECAR_SITE_URL": "http://127.0.0.1:9",
    "SIDECAR_SITE_SECRET": "a-secret-of-the-tests-that-is-long-enough",
    "SIDECAR_LIMITS__MODEL_TIMEOUT": "600",
}


def spawn_worker(redis_url: str, scripts: Path, slot: str, *, lease: float = 4.0) -> subprocess.Popen[bytes]:
    """`sidecar worker` in a slot; its models are scripts of a folder. `lease` in seconds."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("SIDECAR_")} | SITE_ENVIRONMENT
    env |= {"SIDECAR_REDIS_URL": redis_url, "SIDECAR_SCRIPTS_DIR": str(scripts), "SIDECAR_WORKER__SLOT": slot}
    env["SIDECAR_WORKER__LEASE_SECONDS"] = str(lease)
    return subprocess.Popen([sys.executable, "-m", "sidecar", "worker"], env=env, stderr=subprocess.DEVNULL)
