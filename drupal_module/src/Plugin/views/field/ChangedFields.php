<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\views\field;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Ui\DraftSentence;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\views\Attribute\ViewsField;
use Drupal\views\Plugin\views\field\FieldPluginBase;
use Drupal\views\ResultRow;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * Says in one sentence what a draft changes.
 *
 * @internal
 */
#[ViewsField('background_agents_changed_fields')]
final class ChangedFields extends FieldPluginBase {

  public function __construct(
    array $configuration,
    string $plugin_id,
    mixed $plugin_definition,
    private readonly DraftSentence $sentence,
  ) {
    parent::__construct($configuration, $plugin_id, $plugin_definition);
  }

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container, array $configuration, $plugin_id, $plugin_definition): static {
    return new self($configuration, $plugin_id, $plugin_definition, $container->get(DraftSentence::class));
  }

  /**
   * {@inheritdoc}
   */
  public function preRender(&$values): void {
    $this->sentence->prepare(array_filter(array_map($this->getEntity(...), $values), static fn (mixed $entity): bool => $entity instanceof Change));
  }

  /**
   * {@inheritdoc}
   */
  public function render(ResultRow $values): string|TranslatableMarkup {
    $change = $this->getEntity($values);
    return $change instanceof Change ? $this->sentence->of($change) ?? '' : '';
  }

}
