<?php

declare(strict_types=1);

namespace Drupal\background_agents\Field;

use Drupal\background_agents\Guard\AgentScope;
use Drupal\Component\Uuid\Uuid;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Field\FieldItemListInterface;

/**
 * Turns the UUID of a reference into the id that a field stores.
 *
 * @internal
 */
final class References {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly AgentScope $scope,
  ) {}

  /**
   * What is referred to already may stay, even if the agent cannot read it.
   *
   * @param \Drupal\Core\Field\FieldItemListInterface $items
   *   The field before the request.
   * @param mixed $uuid
   *   The `target_uuid` of the request.
   * @param mixed $type
   *   The `target_type` of the request, if it names one: "node--article".
   *
   * @throws \InvalidArgumentException
   *   With a sentence for the model.
   */
  public function idOf(FieldItemListInterface $items, mixed $uuid, mixed $type = NULL): int|string {
    if (!is_string($uuid) || !Uuid::isValid($uuid)) {
      throw new \InvalidArgumentException('Name the referenced item as {"target_uuid": "..."}.');
    }
    $targetType = (string) $items->getSetting('target_type');
    $target = $this->load($targetType, $uuid);
    if ($target === NULL || !($this->isPresent($items, $target->id()) || $this->mayBeNamed($target))) {
      throw new \InvalidArgumentException(sprintf('There is no "%s" with the UUID %s that the agent may refer to.', $targetType, $uuid));
    }
    if ($type !== NULL && !in_array($type, [$targetType, "$targetType--{$target->bundle()}"], TRUE)) {
      throw new \InvalidArgumentException(sprintf('The item with the UUID %s is of the type "%s--%s". Correct or leave out target_type.', $uuid, $targetType, $target->bundle()));
    }
    return $target->id();
  }

  /**
   * Whether a field holds a reference to an id.
   */
  public static function isPresent(FieldItemListInterface $items, int|string|null $id): bool {
    $present = array_column($items->getValue(), (string) $items->getFieldDefinition()->getFieldStorageDefinition()->getMainPropertyName());
    return $id !== NULL && in_array((string) $id, array_map(strval(...), $present), TRUE);
  }

  private function load(string $type, string $uuid): ?EntityInterface {
    if (!$this->entityTypeManager->getDefinition($type)->hasKey('uuid')) {
      return NULL;
    }
    $found = $this->entityTypeManager->getStorage($type)->loadByProperties(['uuid' => $uuid]);
    return reset($found) ?: NULL;
  }

  private function mayBeNamed(EntityInterface $target): bool {
    // Files are readable to whoever can name them; labels of others are enough.
    return $target->access($target->getEntityTypeId() === 'file' ? 'view' : 'view label', $this->scope->account());
  }

}
