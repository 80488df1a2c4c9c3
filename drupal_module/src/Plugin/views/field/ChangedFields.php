<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\views\field;

use Drupal\background_agents\Entity\Change;
use Drupal\Core\Entity\EntityFieldManagerInterface;
use Drupal\Core\Plugin\ContainerFactoryPluginInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\views\Attribute\ViewsField;
use Drupal\views\Plugin\views\field\FieldPluginBase;
use Drupal\views\ResultRow;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * Says in a few words what a draft changes.
 *
 * Made of what the change keeps: a row of the list costs no query.
 *
 * @internal
 */
#[ViewsField('background_agents_changed_fields')]
final class ChangedFields extends FieldPluginBase implements ContainerFactoryPluginInterface {

  public function __construct(
    array $configuration,
    string $plugin_id,
    mixed $plugin_definition,
    private readonly EntityFieldManagerInterface $fields,
  ) {
    parent::__construct($configuration, $plugin_id, $plugin_definition);
  }

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container, array $configuration, $plugin_id, $plugin_definition): static {
    return new self($configuration, $plugin_id, $plugin_definition, $container->get(EntityFieldManagerInterface::class));
  }

  /**
   * {@inheritdoc}
   */
  public function render(ResultRow $values): string|TranslatableMarkup {
    $change = $values->_entity;
    if (!$change instanceof Change) {
      return '';
    }
    if ($change->getOperation() === 'create') {
      return $this->t('New content');
    }
    $labels = array_map(fn (string $name): string => $this->fieldLabel($change, $name), array_keys($change->getOwnValues()['after'] ?? []));
    return $labels === [] ? '' : $this->t('Changes @fields', ['@fields' => implode(', ', $labels)]);
  }

  private function fieldLabel(Change $change, string $name): string {
    $definitions = $this->fields->getFieldDefinitions($change->getTargetEntityTypeId(), $change->getTargetBundle());
    return isset($definitions[$name]) ? (string) $definitions[$name]->getLabel() : $name;
  }

}
