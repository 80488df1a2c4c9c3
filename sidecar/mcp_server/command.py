"""The command `sidecar mcp`: where the sidecar is, with which key, and the standard streams of this process."""

from __future__ import annotations

import asyncio
import ipaddress
import stat
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from sidecar import log
from sidecar.errors import SettingsError
from sidecar.mcp_server.stdio import relay
from sidecar.settings import variable

_log = log.get(__name__)


def run(url: str, key_file: Path | None, key_env: str, *, allow_http: bool) -> None:
    """Until the host closes standard input. Raises SettingsError."""
    check_address(url, allow_http=allow_http)
    key = read_key(key_file, key_env)
    log.configure("warning", json_lines=False, secrets=[key])
    output = sys.stdout.buffer
    sys.stdout = sys.stderr  # whatever prints must not get between the messages

    def write(line: bytes) -> None:
        output.write(line)
        output.flush()

    async def serve() -> None:
        await relay(url, key, lines_of(sys.stdin.buffer), write)

    asyncio.run(serve())


def check_address(url: str, *, allow_http: bool) -> None:
    """The key goes over https, or within this machine. Raises SettingsError."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise SettingsError(
            f"{url!r} is no address. Give the one of the sidecar's door, such as https://agents.example.org/mcp."
        )
    if parts.scheme == "http" and not allow_http and not _local(parts.hostname):
        raise SettingsError(
            "Over http anybody on the way reads the key: use https, or say --allow-http in a network of your own."
        )


def _local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def read_key(file: Path | None, name: str) -> str:
    """The dispatch key, from a file or from the environment: on a command line every user of the machine could read it. Raises SettingsError."""
    if file is None:
        key, place = variable(name) or "", f"the environment variable {name}"
    else:
        place = str(file)
        try:
            key = file.read_text(encoding="utf-8")
            shared = file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"The key cannot be read from {place}: {error}.") from None
        if shared and sys.platform != "win32":
            _log.warning(f"Other users of this machine can read {place}: chmod 600.", action="key_file_open")
    key = key.strip()
    if not key:
        raise SettingsError(f"There is no key in {place}. Make a dispatch key on your user page in Drupal.")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise SettingsError(f"What is in {place} is no key: it has blanks, or more than one line.")
    return key


async def lines_of(stream: BinaryIO) -> AsyncIterator[bytes]:
    """Its lines as they come. A thread reads them, which is how standard input is read on every system; nobody waits for that thread."""
    loop, lines = asyncio.get_running_loop(), asyncio.Queue[bytes](0)

    def read() -> None:
        try:
            for line in stream:
                loop.call_soon_threadsafe(lines.put_nowait, line)
            loop.call_soon_threadsafe(lines.put_nowait, b"")
        except RuntimeError:
            return  # the loop has ended before the host has

    threading.Thread(target=read, daemon=True, name="standard input").start()
    while line := await lines.get():
        yield line
