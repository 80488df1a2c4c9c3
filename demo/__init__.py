"""The demo: three jobs against a stand-in for Drupal, on one machine, with nothing to install or configure."""
