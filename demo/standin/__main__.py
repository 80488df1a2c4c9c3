"""`python -m demo.standin`: the stand-in as a process of its own."""

from __future__ import annotations

import argparse
import contextlib
import signal
import threading
from pathlib import Path

from demo.standin.fixture import StandIn
from demo.standin.site import DEFAULT_SECRET, SiteOptions


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m demo.standin", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="loopback port (0: a free one)")
    parser.add_argument("--db", default=":memory:", help="SQLite file; without one everything is gone at the end")
    parser.add_argument("--site", default="default", help="id of the site")
    parser.add_argument(
        "--secrets", type=Path, help="file with one or two site secrets (default: one that everyone knows)"
    )
    parser.add_argument("--sidecar", help="push jobs to the sidecar at this address, such as http://127.0.0.1:8085")
    parser.add_argument(
        "--control", action="store_true", help="let tests command it over /control (never on a network)"
    )
    arguments = parser.parse_args()
    secrets = tuple(arguments.secrets.read_text("utf-8").split()) if arguments.secrets else (DEFAULT_SECRET,)
    options = SiteOptions(
        id=arguments.site, secrets=secrets, db=arguments.db, sidecar_url=arguments.sidecar, control=arguments.control
    )
    done = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: done.set())
    with StandIn(port=arguments.port, options=options) as standin:
        print(standin.url, flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            done.wait()


if __name__ == "__main__":
    main()
