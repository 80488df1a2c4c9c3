"""How a draft is shown to people: the same differences, in the same markup, as the Drupal module (contracts/vectors/diffs.json)."""
