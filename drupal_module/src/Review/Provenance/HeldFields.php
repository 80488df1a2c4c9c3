<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Provenance;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Review\Outcome\OutcomeMeasure;
use Drupal\background_agents\Review\StoredValues;
use Drupal\Core\Entity\ContentEntityInterface;

/**
 * Tells in which fields of a version something of an agent's draft stands.
 *
 * @internal
 */
final class HeldFields {

  /**
   * What has to be left of a field, or it is taken for a person's.
   *
   * It counts where it is not kept any more what the agent wrote.
   */
  private const float LEAST = 0.1;

  public function __construct(
    private readonly StoredValues $values,
    private readonly OutcomeMeasure $measure,
  ) {}

  /**
   * The fields in which something of a draft stands.
   *
   * @param \Drupal\background_agents\Entity\Change $change
   *   The draft.
   * @param \Drupal\Core\Entity\ContentEntityInterface $version
   *   A version of its item, in its language.
   *
   * @return list<string>
   *   Their names.
   */
  public function ofDraft(Change $change, ContentEntityInterface $version): array {
    $own = $change->getOwnValues() ?? ['before' => [], 'after' => []];
    $before = $this->values->ofItems($version, $own['before']);
    $after = $this->values->ofItems($version, $own['after']);
    $now = $this->values->of($version);
    $names = array_keys($after);
    return array_values(array_filter($names, fn (string $name): bool => $this->share($version, $name, $before[$name] ?? [], $after[$name], $now[$name] ?? []) > 0));
  }

  /**
   * The fields that a next version has not written anew.
   *
   * @param list<string> $names
   *   Fields in which something stood.
   * @param \Drupal\Core\Entity\ContentEntityInterface $base
   *   The version that the next one was made from.
   * @param \Drupal\Core\Entity\ContentEntityInterface $version
   *   The next one.
   *
   * @return list<string>
   *   Their names.
   */
  public function ofBase(array $names, ContentEntityInterface $base, ContentEntityInterface $version): array {
    $before = $this->values->of($base);
    $now = $this->values->of($version);
    return array_values(array_filter($names, fn (string $name): bool => $version->hasField($name)
      && ($before[$name] ?? []) !== []
      && $this->share($version, $name, [], $before[$name], $now[$name] ?? []) > self::LEAST));
  }

  /**
   * The share of what was changed that stands there now.
   */
  private function share(ContentEntityInterface $version, string $name, array $before, array $after, array $now): float {
    $type = $version->get($name)->getFieldDefinition()->getType();
    return $this->measure->of([$name => $before], [$name => $after], [$name => $now], [$name => $type])?->share ?? 0.0;
  }

}
