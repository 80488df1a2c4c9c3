"""Ports for servers that are started later, again, or by another process."""

from __future__ import annotations

import atexit
import socket


def free_port() -> int:
    """A loopback port that is given to nobody else until this process ends.

    It stays bound, and nobody listens: connections to it are refused. A server may listen there all the same, as often as it is started,
    because servers bind with SO_REUSEADDR."""
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    atexit.register(holder.close)
    return int(holder.getsockname()[1])
