<?php

declare(strict_types=1);

namespace Drupal\background_agents\Preset;

use Drupal\background_agents\Agent\AgentPermissionNeeds;
use Drupal\background_agents\Guard\WritableFields;
use Drupal\background_agents\Ui\ContentTypes;
use Drupal\content_moderation\ModerationInformationInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Field\FieldDefinitionInterface;

/**
 * Which content types a preset can work on, and which of their fields.
 *
 * Types of which drafts can be kept, and whose permissions are known, so that
 * a role can be made for them.
 *
 * @internal
 */
final class FittingContent {

  public function __construct(
    private readonly ContentTypes $contentTypes,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly ModerationInformationInterface $moderation,
    private readonly WritableFields $writable,
  ) {}

  /**
   * The content types in which a preset finds a field; content is first.
   *
   * @return array<string, \Drupal\background_agents\Preset\ContentFit>
   *   Keyed by type and bundle, such as node:article.
   */
  public function of(Preset $preset): array {
    $fits = [];
    foreach ($this->contentTypes->bundles() as $bundle) {
      $fields = $this->isWritable($bundle['entity_type']) ? $this->fieldsOf($preset, $bundle['entity_type'], $bundle['bundle']) : [];
      if ($fields !== []) {
        $label = $bundle['entity_type'] === 'node' || $bundle['type_label'] === $bundle['bundle_label'] ? $bundle['bundle_label'] : "{$bundle['bundle_label']} ({$bundle['type_label']})";
        $fits[$bundle['entity_type'] . ':' . $bundle['bundle']] = new ContentFit($bundle['entity_type'], $bundle['bundle'], $label, $fields, $bundle['workflow']);
      }
    }
    uasort($fits, static fn (ContentFit $a, ContentFit $b): int => ($b->entityType === 'node') <=> ($a->entityType === 'node'));
    return $fits;
  }

  private function isWritable(string $entityType): bool {
    $type = $this->entityTypeManager->getDefinition($entityType);
    return AgentPermissionNeeds::knows($entityType) && $type->isRevisionable() && $this->moderation->canModerateEntitiesOfEntityType($type);
  }

  /**
   * The fields that fit and that agents may write.
   *
   * @return array<string, \Drupal\Core\Field\FieldDefinitionInterface>
   *   Keyed by name. None where new content needs another field, too.
   */
  private function fieldsOf(Preset $preset, string $entityType, string $bundle): array {
    $label = $this->entityTypeManager->getDefinition($entityType)->getKey('label');
    $own = array_filter(
      $this->writable->of($entityType, $bundle),
      static fn (FieldDefinitionInterface $field): bool => $field->getName() === $label || !$field->getFieldStorageDefinition()->isBaseField(),
    );
    $fits = array_filter($own, $preset->fields->fits(...));
    $needed = in_array('revise', $preset->operations, TRUE) ? [] : array_filter(
      array_diff_key($own, $fits),
      static fn (FieldDefinitionInterface $field): bool => $field->isRequired() && $field->getDefaultValueLiteral() === [] && $field->getDefaultValueCallback() === NULL,
    );
    return $needed === [] ? $fits : [];
  }

}
