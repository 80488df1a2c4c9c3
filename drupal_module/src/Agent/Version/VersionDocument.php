<?php

declare(strict_types=1);

namespace Drupal\background_agents\Agent\Version;

use Drupal\background_agents\Contract\CanonicalJson;
use Drupal\background_agents\Entity\Agent;

/**
 * The part of an agent that determines what it does, as canonical JSON.
 *
 * Its name, its description for people, whether it is active, and who has to
 * accept its drafts are no part of it.
 *
 * @internal
 */
final class VersionDocument {

  /**
   * Members of the snapshot that say nothing of how the agent behaves.
   */
  private const array LEFT_OUT = ['id', 'label', 'description', 'status', 'hash'];

  /**
   * The document of an agent.
   */
  public static function of(Agent $agent): string {
    return CanonicalJson::encode(array_diff_key($agent->toSnapshot(), array_flip(self::LEFT_OUT)) + ['role' => $agent->getRole()]);
  }

  /**
   * The hash of a document.
   */
  public static function hash(string $document): string {
    return hash('sha256', $document);
  }

}
