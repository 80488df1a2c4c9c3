"""JSON:API as a Drupal with the standard profile answers it (checked against tests/fixtures/recordings)."""
