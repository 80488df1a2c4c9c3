<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\views\field;

use Drupal\background_agents\Entity\Handler\ChangeViewsData;
use Drupal\views\Attribute\ViewsField;
use Drupal\views\Plugin\views\field\FieldPluginBase;
use Drupal\views\ResultRow;

/**
 * Names the agent that left a draft; by its id when the agent was deleted.
 *
 * @internal
 */
#[ViewsField('background_agents_draft_agent')]
final class DraftAgent extends FieldPluginBase {

  /**
   * Labels of all agents, by id; NULL: not read yet.
   *
   * @var array<string, string>|null
   */
  private ?array $labels = NULL;

  /**
   * {@inheritdoc}
   */
  public function render(ResultRow $values): mixed {
    $this->labels ??= ChangeViewsData::agentLabels();
    $id = (string) $this->getValue($values);
    return $this->sanitizeValue($this->labels[$id] ?? $id);
  }

}
