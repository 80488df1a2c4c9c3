"""The demo: three jobs against a stand-in for Drupal, on one machine, with nothing to install or configure."""

from __future__ import annotations


def play(*, model: str = "", exit: bool = False, port: int = 8085) -> int:
    """Play the demo; the exit status. `model`: a real one instead of the scripts. `exit`: end when the runs are over."""
    from sidecar.demo.main import Demo

    return Demo(model=model or None, exit=exit, port=port).play()
