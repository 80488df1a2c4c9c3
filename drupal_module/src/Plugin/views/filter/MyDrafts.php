<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\views\filter;

use Drupal\background_agents\Guard\AgentAccess;
use Drupal\background_agents\Review\OwnContent;
use Drupal\Core\Database\Query\ConditionInterface;
use Drupal\Core\Entity\ContentEntityTypeInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\views\Attribute\ViewsFilter;
use Drupal\views\Plugin\views\filter\InOperator;
use Drupal\views\Plugin\views\query\Sql;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * Filters drafts by what they have to do with the person who looks.
 *
 * @internal
 */
#[ViewsFilter('background_agents_my_drafts')]
final class MyDrafts extends InOperator {

  /**
   * Of runs that the person asked for.
   */
  private const string RUNS = 'runs';

  /**
   * Of content that is the person's own.
   */
  private const string CONTENT = 'content';

  public function __construct(
    array $configuration,
    string $plugin_id,
    mixed $plugin_definition,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly OwnContent $own,
  ) {
    parent::__construct($configuration, $plugin_id, $plugin_definition);
  }

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container, array $configuration, $plugin_id, $plugin_definition): static {
    return new self($configuration, $plugin_id, $plugin_definition, $container->get(EntityTypeManagerInterface::class), $container->get(OwnContent::class));
  }

  /**
   * {@inheritdoc}
   */
  public function getValueOptions(): array {
    return $this->valueOptions ??= [
      self::RUNS => $this->t('From runs that I asked for'),
      self::CONTENT => $this->t('Of content that I own'),
    ];
  }

  /**
   * {@inheritdoc}
   */
  public function operators(): array {
    return array_intersect_key(parent::operators(), ['in' => TRUE]);
  }

  /**
   * {@inheritdoc}
   */
  public function getCacheContexts(): array {
    return [...parent::getCacheContexts(), 'user'];
  }

  /**
   * {@inheritdoc}
   */
  protected function opSimple(): void {
    $query = $this->query;
    if (empty($this->value) || !$query instanceof Sql) {
      return;
    }
    $this->ensureMyTable();
    $any = $query->getConnection()->condition('OR')->alwaysFalse();
    foreach ((array) $this->value as $value) {
      match ($value) {
        self::RUNS => $this->addRuns($any),
        self::CONTENT => $this->addContent($any),
        default => NULL,
      };
    }
    $query->addWhere($this->options['group'], $any);
  }

  private function addRuns(ConditionInterface $any): void {
    assert($this->query instanceof Sql);
    $runs = $this->query->getConnection()->select('background_agents_run', 'my_run');
    $runs->addExpression('1');
    $any->exists($runs->where("[my_run].[id] = [$this->tableAlias].[run]")->condition('my_run.uid', $this->view->getUser()->id()));
  }

  private function addContent(ConditionInterface $any): void {
    assert($this->query instanceof Sql);
    $connection = $this->query->getConnection();
    foreach ($this->entityTypeManager->getDefinitions() as $type => $definition) {
      if ($definition instanceof ContentEntityTypeInterface && $definition->isRevisionable() && $this->own->hasOwner((string) $type) && !AgentAccess::isNeverWritten((string) $type)) {
        $any->condition($connection->condition('AND')
          ->condition("$this->tableAlias.target_type", $type)
          ->exists($this->own->query($this->tableAlias, (string) $type, $this->view->getUser())));
      }
    }
  }

}
