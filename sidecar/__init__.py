"""Background agents for Drupal: the sidecar."""
