<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\views\field;

use Drupal\background_agents\Entity\Run;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\views\Attribute\ViewsField;
use Drupal\views\Plugin\views\field\FieldPluginBase;
use Drupal\views\ResultRow;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * Links to the run that left a draft, for those who may see it.
 *
 * The runs of all rows are loaded at once.
 *
 * @internal
 */
#[ViewsField('background_agents_draft_run')]
final class DraftRun extends FieldPluginBase {

  /**
   * The runs of the rows, by id.
   *
   * @var \Drupal\Core\Entity\EntityInterface[]
   */
  private array $runs = [];

  public function __construct(
    array $configuration,
    string $plugin_id,
    mixed $plugin_definition,
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {
    parent::__construct($configuration, $plugin_id, $plugin_definition);
  }

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container, array $configuration, $plugin_id, $plugin_definition): static {
    return new self($configuration, $plugin_id, $plugin_definition, $container->get(EntityTypeManagerInterface::class));
  }

  /**
   * {@inheritdoc}
   */
  public function preRender(&$values): void {
    $ids = array_filter(array_map($this->getValue(...), $values));
    $this->runs = $ids === [] ? [] : $this->entityTypeManager->getStorage('background_agents_run')->loadMultiple($ids);
  }

  /**
   * {@inheritdoc}
   */
  public function render(ResultRow $values): string|TranslatableMarkup {
    $run = $this->runs[$this->getValue($values)] ?? NULL;
    if (!$run instanceof Run || !$run->access('view', $this->view->getUser())) {
      return '';
    }
    $this->options['alter']['make_link'] = TRUE;
    $this->options['alter']['url'] = $run->toUrl();
    return $this->t('Run @number', ['@number' => $run->id()]);
  }

  /**
   * {@inheritdoc}
   */
  public function advancedRender(ResultRow $values) {
    $this->options['alter']['make_link'] = FALSE;
    return parent::advancedRender($values);
  }

}
