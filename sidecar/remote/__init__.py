"""People and programs from outside: who they are by Drupal's word, and what they ask of it. Shared by REST, MCP and A2A."""
