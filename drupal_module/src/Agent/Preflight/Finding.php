<?php

declare(strict_types=1);

namespace Drupal\background_agents\Agent\Preflight;

/**
 * What an agent cannot do with a content type, and what would help.
 *
 * @internal
 */
final readonly class Finding {

  /**
   * Constructs a Finding object.
   *
   * @param \Drupal\background_agents\Agent\Preflight\Severity $severity
   *   What it means for the work of the agent.
   * @param string|\Stringable $text
   *   A sentence for people, safe as markup.
   * @param list<list<string>> $permissions
   *   Permissions that the agent's role lacks: of each list one is enough.
   * @param \Drupal\background_agents\Agent\Preflight\Topic $topic
   *   Where in the form it is put right.
   */
  public function __construct(
    public Severity $severity,
    public string|\Stringable $text,
    public array $permissions = [],
    public Topic $topic = Topic::Permissions,
  ) {}

}
