"""Background agents for Drupal: the sidecar."""

__version__ = "0.1.0"
