<?php

declare(strict_types=1);

namespace Drupal\background_agents\Progress;

use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityRepositoryInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * Names of the items that calls of a run are about.
 *
 * One query and one load for each entity type, however many calls there are;
 * a name is told to those who may see it.
 *
 * @internal
 */
final class ItemLabels {

  /**
   * Items of one type whose names are looked up at once.
   */
  private const int MOST = 200;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly EntityRepositoryInterface $entityRepository,
  ) {}

  /**
   * Names of the items that the arguments of calls name.
   *
   * @param iterable<array<string, mixed>> $events
   *   Events as Timeline::normalise() makes them. What they say is hostile.
   *
   * @return array<string, string>
   *   Names by UUID.
   */
  public function of(iterable $events): array {
    $uuids = [];
    foreach ($events as $event) {
      $call = ($event['type'] ?? '') === 'tool_started' ? ToolCall::of($event['data']) : NULL;
      if ($call?->entityType !== NULL && $call->uuid !== NULL) {
        $uuids[$call->entityType][$call->uuid] = $call->uuid;
      }
    }
    $labels = [];
    foreach ($uuids as $type => $wanted) {
      $labels += $this->labels((string) $type, array_slice($wanted, 0, self::MOST));
    }
    return $labels;
  }

  /**
   * Names of items of one type.
   *
   * @param string $type
   *   What the model said.
   * @param string[] $uuids
   *   UUIDs.
   *
   * @return array<string, string>
   *   Names by UUID.
   */
  private function labels(string $type, array $uuids): array {
    $definition = $this->entityTypeManager->getDefinition($type, FALSE);
    if ($definition === NULL || !$definition->entityClassImplements(ContentEntityInterface::class) || !$definition->hasKey('uuid')) {
      return [];
    }
    $storage = $this->entityTypeManager->getStorage($type);
    $ids = $storage->getQuery()->accessCheck(FALSE)->condition((string) $definition->getKey('uuid'), array_values($uuids), 'IN')->execute();
    $labels = [];
    foreach ($storage->loadMultiple($ids) as $entity) {
      $shown = $this->entityRepository->getTranslationFromContext($entity);
      if ($shown->access('view label')) {
        $labels[(string) $entity->uuid()] = (string) $shown->label();
      }
    }
    return $labels;
  }

}
