<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Trigger;

use Drupal\background_agents\Trigger\SavedContent;
use Drupal\background_agents\Trigger\TriggerConditions;
use Drupal\content_moderation\Plugin\WorkflowType\ContentModerationInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\user\RoleInterface;

/**
 * What each kind of condition asks for, in the form of a trigger.
 *
 * @internal
 */
final class ConditionFields {

  use StringTranslationTrait;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * The kinds that this site knows.
   *
   * @return array<string, \Drupal\Core\StringTranslation\TranslatableMarkup>
   *   Labels by kind.
   */
  public function kinds(): array {
    return [
      TriggerConditions::STATE => $this->t('State changes'),
      TriggerConditions::ROLE => $this->t('Role of a person'),
      TriggerConditions::FIELD => $this->t('Value of a field'),
    ] + ($this->entityTypeManager->hasDefinition('taxonomy_term') ? [TriggerConditions::TERM => $this->t('Taxonomy term')] : []);
  }

  /**
   * The fields of one condition.
   *
   * @param array<string, mixed> $condition
   *   The condition as it is stored; a new one has its kind only.
   * @param string $entity_type
   *   The entity type of the trigger.
   * @param array<string, string> $names
   *   Labels of the fields that can be asked for.
   */
  public function build(array $condition, string $entity_type, array $names): array {
    return match ($condition['kind']) {
      TriggerConditions::STATE => $this->state($condition, $entity_type),
      TriggerConditions::ROLE => $this->role($condition),
      TriggerConditions::FIELD => $this->field($condition, $names),
      default => $this->term($condition),
    };
  }

  private function state(array $condition, string $entity_type): array {
    $states = $this->states($entity_type);
    foreach ([...$condition['from'] ?? [], ...$condition['to'] ?? []] as $gone) {
      $states[$gone] ??= $gone;
    }
    return [
      'from' => [
        '#type' => 'checkboxes',
        '#title' => $this->t('State before'),
        '#description' => $this->t('None checked: any. What is new has none.'),
        '#options' => $states,
        '#default_value' => $condition['from'] ?? [],
      ],
      'to' => [
        '#type' => 'checkboxes',
        '#title' => $this->t('State after'),
        '#description' => $this->t('None checked: any other.'),
        '#options' => $states,
        '#default_value' => $condition['to'] ?? [],
      ],
    ];
  }

  /**
   * The states of all workflows of content, and those of what is not moderated.
   *
   * @return array<string, mixed>
   *   Labels by state.
   */
  private function states(string $entity_type): array {
    $states = [];
    foreach ($this->entityTypeManager->getStorage('workflow')->loadByProperties(['type' => 'content_moderation']) as $workflow) {
      $plugin = $workflow->getTypePlugin();
      if ($plugin instanceof ContentModerationInterface && in_array($entity_type, $plugin->getEntityTypes(), TRUE)) {
        foreach ($plugin->getStates() as $id => $state) {
          $states[$id] ??= $state->label();
        }
      }
    }
    return $states + [
      SavedContent::PUBLISHED => $this->t('Published'),
      SavedContent::UNPUBLISHED => $this->t('Unpublished, without a workflow'),
    ];
  }

  private function role(array $condition): array {
    $roles = array_map(static fn (RoleInterface $role): string => (string) $role->label(), $this->entityTypeManager->getStorage('user_role')->loadMultiple());
    return [
      'who' => [
        '#type' => 'select',
        '#title' => $this->t('Whose roles'),
        '#options' => ['saver' => $this->t('Who saves it'), 'author' => $this->t('The author of the content')],
        '#default_value' => $condition['who'] ?? 'saver',
      ],
      'has' => $this->has($condition),
      'roles' => [
        '#type' => 'checkboxes',
        '#title' => $this->t('Roles'),
        '#options' => $roles,
        '#default_value' => array_intersect($condition['roles'] ?? [], array_keys($roles)),
      ],
    ];
  }

  private function field(array $condition, array $names): array {
    $chosen = $condition['field'] ?? '';
    return [
      'field' => [
        '#type' => 'select',
        '#title' => $this->t('Field'),
        '#options' => $names + ($chosen === '' ? [] : [$chosen => $chosen]),
        '#empty_option' => $this->t('- Select -'),
        '#default_value' => $chosen,
      ],
      'test' => [
        '#type' => 'select',
        '#title' => $this->t('Is'),
        '#options' => [
          'empty' => $this->t('empty'),
          'filled' => $this->t('not empty'),
          'equals' => $this->t('equal to the value'),
          'differs' => $this->t('not equal to the value'),
        ],
        '#default_value' => $condition['test'] ?? 'empty',
      ],
      'value' => [
        '#type' => 'textfield',
        '#title' => $this->t('Value'),
        '#description' => $this->t('As it is stored: 1 or 0 for a checkbox, the key of a list. Not asked for "empty" and "not empty".'),
        '#default_value' => $condition['value'] ?? '',
        '#maxlength' => 1024,
      ],
    ];
  }

  private function term(array $condition): array {
    $terms = ($condition['terms'] ?? []) === [] ? [] : $this->entityTypeManager->getStorage('taxonomy_term')->loadByProperties(['uuid' => $condition['terms']]);
    return [
      'has' => $this->has($condition),
      'terms' => [
        '#type' => 'entity_autocomplete',
        '#title' => $this->t('Terms'),
        '#description' => $this->t('Separate several by commas.'),
        '#target_type' => 'taxonomy_term',
        '#tags' => TRUE,
        '#default_value' => array_values($terms),
        '#maxlength' => 1024,
      ],
    ];
  }

  private function has(array $condition): array {
    return [
      '#type' => 'select',
      '#title' => $this->t('Has'),
      '#options' => [1 => $this->t('at least one of them'), 0 => $this->t('none of them')],
      '#default_value' => (int) ($condition['has'] ?? TRUE),
    ];
  }

  /**
   * A row of a submitted form, as it is stored.
   */
  public function read(array $row): array {
    return ['kind' => $row['kind']] + match ($row['kind']) {
      TriggerConditions::STATE => ['from' => self::checked($row['from'] ?? []), 'to' => self::checked($row['to'] ?? [])],
      TriggerConditions::ROLE => [
        'who' => (string) ($row['who'] ?? 'saver'),
        'has' => (bool) ($row['has'] ?? TRUE),
        'roles' => self::checked($row['roles'] ?? []),
      ],
      TriggerConditions::FIELD => [
        'field' => (string) ($row['field'] ?? ''),
        'test' => (string) ($row['test'] ?? 'empty'),
        'value' => trim((string) ($row['value'] ?? '')),
      ],
      default => ['has' => (bool) ($row['has'] ?? TRUE), 'terms' => $this->uuids($row['terms'] ?? [])],
    };
  }

  private static function checked(mixed $values): array {
    return array_values(array_map(strval(...), array_filter((array) $values)));
  }

  private function uuids(mixed $terms): array {
    $ids = array_column(is_array($terms) ? $terms : [], 'target_id');
    return array_values(array_map(static fn ($term): string => (string) $term->uuid(), $ids === [] ? [] : $this->entityTypeManager->getStorage('taxonomy_term')->loadMultiple($ids)));
  }

}
