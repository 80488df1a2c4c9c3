<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Guard\AgentAccess;
use Drupal\background_agents\Review\Provenance\Provenance;
use Drupal\background_agents\Review\Provenance\ProvenanceStore;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\ContentEntityTypeInterface;
use Drupal\Core\Entity\Display\EntityViewDisplayInterface;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Entity\EntityTypeBundleInfoInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * Says on content that AI wrote it, where the site wants that.
 *
 * It is off until a site builder places it on *Manage display*.
 *
 * @internal
 */
final class ProvenanceDisplayHooks {

  use StringTranslationTrait;

  public const string COMPONENT = 'background_agents_provenance';

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly EntityTypeBundleInfoInterface $bundles,
    private readonly ProvenanceStore $store,
  ) {}

  /**
   * Implements hook_entity_extra_field_info().
   */
  #[Hook('entity_extra_field_info')]
  public function info(): array {
    $info = [];
    foreach ($this->entityTypeManager->getDefinitions() as $id => $type) {
      if (!$type instanceof ContentEntityTypeInterface || !$type->isRevisionable() || !$type->hasViewBuilderClass() || AgentAccess::isNeverWritten((string) $id)) {
        continue;
      }
      foreach (array_keys($this->bundles->getBundleInfo((string) $id)) as $bundle) {
        $info[$id][$bundle]['display'][self::COMPONENT] = [
          'label' => $this->t('Written with AI'),
          'description' => $this->t('Says when an agent wrote some of it, and whether a person has checked that.'),
          'weight' => 100,
          'visible' => FALSE,
        ];
      }
    }
    return $info;
  }

  /**
   * Implements hook_entity_view().
   *
   * The text changes with the saves of the content, and when a draft is
   * decided about; both invalidate the cache tag of the content.
   */
  #[Hook('entity_view')]
  public function view(array &$build, EntityInterface $entity, EntityViewDisplayInterface $display): void {
    if (!$entity instanceof ContentEntityInterface || $display->getComponent(self::COMPONENT) === NULL || !$entity->getEntityType()->isRevisionable()) {
      return;
    }
    $rows = $this->store->of($entity, (int) $entity->getRevisionId());
    if ($rows === []) {
      return;
    }
    $isChecked = array_filter($rows, static fn (Provenance $row): bool => $row->checked === NULL) === [];
    $build[self::COMPONENT] = [
      '#type' => 'html_tag',
      '#tag' => 'p',
      '#attributes' => ['class' => ['background-agents-provenance']],
      '#value' => $isChecked ? $this->t('Written with AI, checked by an editor') : $this->t('Written with AI'),
    ];
  }

}
