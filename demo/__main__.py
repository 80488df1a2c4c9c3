"""`python -m demo`, which is what `make demo` runs."""

from __future__ import annotations

import argparse
import sys

from demo.main import Demo
from sidecar.errors import SidecarError


def main() -> None:
    """Play the demo; the exit status is 0 when each of the three runs left its draft."""
    parser = argparse.ArgumentParser(
        prog="python -m demo",
        description="Play three jobs against a stand-in for Drupal, and show them on a local page.",
    )
    parser.add_argument("--model", help="a model such as anthropic:claude-sonnet-5-5, instead of the script")
    parser.add_argument("--exit", action="store_true", help="end when the three runs are over; status 0 if all is well")
    parser.add_argument("--port", type=int, default=8085, help="port of the local page; 0 takes a free one")
    options = parser.parse_args()
    try:
        sys.exit(Demo(model=options.model, exit=options.exit, port=options.port).play())
    except SidecarError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
