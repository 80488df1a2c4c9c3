<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Agent;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Guard\WritableFields;
use Drupal\Core\Field\FieldDefinitionInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * The fields of a content type that an agent may write: all, or only these.
 *
 * @internal
 */
final class FieldsCell {

  use StringTranslationTrait;

  public function __construct(
    private readonly WritableFields $fields,
  ) {}

  /**
   * Builds the cell.
   *
   * @param \Drupal\background_agents\Entity\Agent $agent
   *   The agent.
   * @param string $type
   *   The entity type.
   * @param string $bundle
   *   The bundle.
   * @param string $label
   *   Label of the content type.
   */
  public function build(Agent $agent, string $type, string $bundle, string $label): array {
    $limit = $agent->getFieldLimits()[$type][$bundle] ?? NULL;
    $offered = $this->offered($type, $bundle);
    if ($offered === []) {
      return ['#plain_text' => ''];
    }
    $chosen = array_values(array_intersect(array_keys($offered), $limit ?? []));
    return [
      '#type' => 'details',
      '#title' => $limit === NULL ? $this->t('All fields') : $this->t('@count of @all fields', [
        '@count' => count($chosen),
        '@all' => count($offered),
      ]),
      '#attributes' => ['class' => ['ba-fields']],
      'limit' => [
        '#type' => 'checkbox',
        '#title' => $this->t('Only these fields'),
        '#default_value' => $limit !== NULL,
      ],
      'names' => [
        '#type' => 'checkboxes',
        '#title' => $this->t('Fields of @content that it may write', ['@content' => $label]),
        '#title_display' => 'invisible',
        '#options' => $offered,
        '#default_value' => $chosen,
        '#states' => ['visible' => [":input[name=\"content[table][$type:$bundle][fields][limit]\"]" => ['checked' => TRUE]]],
      ],
    ];
  }

  /**
   * The list that the cell says.
   *
   * @return string[]|null
   *   Names of fields; NULL: no limit.
   */
  public function read(Agent $agent, string $type, string $bundle, array $values): ?array {
    $present = $agent->getFieldLimits()[$type][$bundle] ?? NULL;
    $offered = $this->offered($type, $bundle);
    if ($offered === []) {
      return $present;
    }
    if (empty($values['limit'])) {
      return NULL;
    }
    $chosen = array_values(array_filter((array) ($values['names'] ?? []), is_string(...)));
    // What the site does not have, or has closed meanwhile, is not shown.
    $hidden = array_values(array_diff($present ?? [], array_keys($offered)));
    $limit = [...$chosen, ...$hidden];
    sort($limit);
    return $limit;
  }

  /**
   * Labels of the fields that agents can be allowed to write, by name.
   *
   * @return array<string, string>
   */
  private function offered(string $type, string $bundle): array {
    if (!$this->fields->isKnown($type, $bundle)) {
      return [];
    }
    return array_map(static fn (FieldDefinitionInterface $field): string => (string) $field->getLabel(), $this->fields->of($type, $bundle));
  }

}
