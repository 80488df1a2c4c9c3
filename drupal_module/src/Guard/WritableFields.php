<?php

declare(strict_types=1);

namespace Drupal\background_agents\Guard;

use Drupal\Core\Entity\EntityFieldManagerInterface;
use Drupal\Core\Entity\EntityTypeBundleInfoInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Entity\FieldableEntityInterface;
use Drupal\Core\Field\FieldDefinitionInterface;

/**
 * The fields of a bundle that an agent can be allowed to write.
 *
 * @internal
 */
final class WritableFields {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly EntityTypeBundleInfoInterface $bundleInfo,
    private readonly EntityFieldManagerInterface $fieldManager,
    private readonly ProtectedFields $protectedFields,
  ) {}

  /**
   * Whether the site has the bundle.
   */
  public function isKnown(string $entityType, string $bundle): bool {
    return $this->entityTypeManager->getDefinition($entityType, FALSE)?->entityClassImplements(FieldableEntityInterface::class) === TRUE
      && isset($this->bundleInfo->getBundleInfo($entityType)[$bundle]);
  }

  /**
   * Whether a bundle that the site has has the field.
   */
  public function exists(string $entityType, string $bundle, string $field): bool {
    return isset($this->fieldManager->getFieldDefinitions($entityType, $bundle)[$field]);
  }

  /**
   * The fields of a bundle that the site has, without those no agent writes.
   *
   * @return array<string, \Drupal\Core\Field\FieldDefinitionInterface>
   *   Definitions by name.
   */
  public function of(string $entityType, string $bundle): array {
    return array_filter(
      $this->fieldManager->getFieldDefinitions($entityType, $bundle),
      fn (FieldDefinitionInterface $field): bool => !$this->protectedFields->isProtected($field)
        && !$this->protectedFields->isComposite($field) && !$field->isInternal(),
    );
  }

}
