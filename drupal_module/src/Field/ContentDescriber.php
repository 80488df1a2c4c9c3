<?php

declare(strict_types=1);

namespace Drupal\background_agents\Field;

use Drupal\background_agents\Agent\Preflight\SampleItem;
use Drupal\background_agents\Guard\AgentScope;
use Drupal\background_agents\Guard\DraftState;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\ContentEntityTypeInterface;
use Drupal\Core\Entity\EntityTypeBundleInfoInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Language\LanguageManagerInterface;

/**
 * The tool `describe_content`: what the agent may read and write, and how.
 *
 * Each operation and field is asked of Drupal's access for this account, on an
 * item that is made for the question and never saved.
 *
 * @internal
 */
final class ContentDescriber {

  /**
   * Up to so many bundles an overview tells the fields too.
   */
  private const int BUNDLES_WITH_FIELDS = 5;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly EntityTypeBundleInfoInterface $bundleInfo,
    private readonly LanguageManagerInterface $languageManager,
    private readonly AgentScope $scope,
    private readonly DraftState $states,
    private readonly FieldDescriber $fields,
    private readonly PropertyValues $values,
    private readonly SampleItem $samples,
  ) {}

  /**
   * Describes the content that the agent may work on.
   *
   * @param string|null $entityType
   *   Only this entity type.
   * @param string|null $bundle
   *   Only this bundle.
   *
   * @return array{entity_types: object, formats: string[], languages: string[], timezone: string, note?: string}
   *   In `entity_types`, by type and bundle: label, operations, moderated, and
   *   fields by name.
   */
  public function describe(?string $entityType = NULL, ?string $bundle = NULL): array {
    $named = $this->named($entityType, $bundle);
    $withFields = array_sum(array_map(count(...), $named)) <= self::BUNDLES_WITH_FIELDS;
    $described = [];
    foreach ($named as $type => $bundles) {
      foreach ($bundles as $name => $operations) {
        $described[$type][$name] = $this->describeBundle($type, $name, $operations, $withFields);
      }
    }
    return [
      'entity_types' => (object) $described,
      'formats' => array_keys(FieldValues::formats($this->scope->account(), [])),
      'languages' => $this->languages(),
      'timezone' => $this->values->timeZone()->getName(),
    ] + ($withFields ? [] : ['note' => 'Name an entity_type and a bundle to see its fields.']);
  }

  /**
   * Returns what the binding names and the site has.
   *
   * @return array<string, array<string, string[]>>
   *   What the binding names and the site has: operations by type and bundle.
   */
  private function named(?string $entityType, ?string $bundle): array {
    $named = [];
    foreach ($this->scope->agents() as $agent) {
      foreach ($agent->getContent() as $type => $bundles) {
        if (($entityType !== NULL && $entityType !== $type) || !$this->entityTypeManager->getDefinition($type, FALSE) instanceof ContentEntityTypeInterface) {
          continue;
        }
        $known = array_intersect_key($bundles, $this->bundleInfo->getBundleInfo($type));
        foreach ($bundle === NULL ? $known : array_intersect_key($known, [$bundle => TRUE]) as $name => $operations) {
          $named[$type][$name] = array_values(array_unique([...$named[$type][$name] ?? [], ...$operations]));
        }
      }
    }
    return $named;
  }

  /**
   * Describes one bundle.
   *
   * @param string[] $operations
   *   What the binding names.
   */
  private function describeBundle(string $type, string $bundle, array $operations, bool $withFields): array {
    $sample = $this->samples->of($type, $bundle);
    $described = [
      'label' => (string) $this->bundleInfo->getBundleInfo($type)[$bundle]['label'],
      'operations' => array_values(array_filter($operations, fn (string $operation): bool => $this->may($operation, $sample))),
      'moderated' => $this->states->isModerated($sample),
    ];
    return $withFields ? $described + ['fields' => (object) $this->fields->describe($sample)] : $described;
  }

  private function may(string $operation, ContentEntityInterface $sample): bool {
    $account = $this->scope->account();
    return match ($operation) {
      'create' => $this->entityTypeManager->getAccessControlHandler($sample->getEntityTypeId())->createAccess($sample->bundle(), $account),
      'revise' => $sample->access('update', $account),
      default => $sample->access('view', $account),
    };
  }

  /**
   * Returns the ids of the languages that content is written in.
   *
   * @return string[]
   */
  private function languages(): array {
    return array_values(array_filter(
      array_keys($this->languageManager->getLanguages()),
      fn (string $langcode): bool => $this->scope->mayWriteLanguage($langcode),
    ));
  }

}
