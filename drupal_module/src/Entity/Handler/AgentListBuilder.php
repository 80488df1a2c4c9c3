<?php

declare(strict_types=1);

namespace Drupal\background_agents\Entity\Handler;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\StopSwitch;
use Drupal\background_agents\Ui\AgentCells;
use Drupal\background_agents\Ui\CardTable;
use Drupal\background_agents\Ui\LastRun;
use Drupal\background_agents\Ui\StopNotice;
use Drupal\background_agents\Ui\WaitingNotice;
use Drupal\Core\Config\Entity\ConfigEntityListBuilder;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Entity\EntityStorageInterface;
use Drupal\Core\Entity\EntityTypeInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\Url;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * Lists the agents: whether they can work, and what they did last.
 *
 * @internal
 */
final class AgentListBuilder extends ConfigEntityListBuilder {

  public function __construct(
    EntityTypeInterface $entity_type,
    EntityStorageInterface $storage,
    private readonly AgentCells $cells,
    private readonly LastRun $lastRun,
    private readonly StopSwitch $stopSwitch,
    private readonly StopNotice $stopNotice,
    private readonly WaitingNotice $waitingNotice,
    private readonly AccountInterface $currentUser,
  ) {
    parent::__construct($entity_type, $storage);
  }

  /**
   * {@inheritdoc}
   */
  public static function createInstance(ContainerInterface $container, EntityTypeInterface $entity_type): static {
    return new self(
      $entity_type,
      $container->get('entity_type.manager')->getStorage($entity_type->id()),
      $container->get(AgentCells::class),
      $container->get(LastRun::class),
      $container->get(StopSwitch::class),
      $container->get(StopNotice::class),
      $container->get(WaitingNotice::class),
      $container->get('current_user'),
    );
  }

  /**
   * {@inheritdoc}
   */
  public function render(): array {
    $build = parent::render();
    $build['table']['#empty'] = $this->t('There are no agents yet. <a href=":url">Add the first one</a>: a few answers are enough.', [':url' => Url::fromRoute('background_agents.quick')->toString()]);
    $build['table'] = CardTable::of($build['table'], $this->t('Agents'));
    $build['#attached']['library'][] = 'background_agents/admin';
    $build['waiting'] = $this->waitingNotice->build($this->currentUser) + ['#weight' => -11];
    if ($this->stopSwitch->isStopped()) {
      $build['stop'] = $this->stopNotice->build() + ['#weight' => -10];
    }
    return $build;
  }

  /**
   * {@inheritdoc}
   */
  public function buildHeader(): array {
    return [
      'label' => $this->t('Agent'),
      'status' => $this->t('Status'),
      'model' => $this->t('Model'),
      'account' => $this->t('Acts as'),
      'last' => $this->t('Last run'),
    ] + parent::buildHeader();
  }

  /**
   * {@inheritdoc}
   */
  public function buildRow(EntityInterface $entity): array {
    assert($entity instanceof Agent);
    return [
      'label' => [
        'data' => [
          'name' => ['#type' => 'html_tag', '#tag' => 'strong', 'text' => $this->name($entity)],
          'description' => [
            '#type' => 'html_tag',
            '#tag' => 'div',
            '#attributes' => ['class' => ['ba-meta']],
            'text' => ['#plain_text' => $entity->getDescription()],
            '#access' => $entity->getDescription() !== '',
          ],
        ],
      ],
      'status' => ['data' => $this->cells->status($entity)],
      'model' => $entity->getModel(),
      'account' => ['data' => $this->cells->account($entity)],
      'last' => ['data' => $this->lastRun->of($entity)],
    ] + parent::buildRow($entity);
  }

  /**
   * The name, with a link to the form for who may change the agent.
   */
  private function name(Agent $agent): array {
    return $agent->access('update') ? $agent->toLink(NULL, 'edit-form')->toRenderable() : ['#plain_text' => (string) $agent->label()];
  }

  /**
   * {@inheritdoc}
   */
  public function getDefaultOperations(EntityInterface $entity): array {
    $operations = parent::getDefaultOperations($entity);
    assert($entity instanceof Agent);
    if ($entity->status() && $entity->access('run')) {
      $operations['run'] = [
        'title' => $this->t('Run'),
        'weight' => -20,
        'url' => Url::fromRoute('background_agents.run_agent', ['background_agents_agent' => $entity->id()]),
      ];
    }
    if ($entity->access('update')) {
      $operations['clone'] = [
        'title' => $this->t('Clone'),
        'weight' => 30,
        'url' => $entity->toUrl('clone-form'),
      ];
    }
    if ($entity->access('test')) {
      $operations['test'] = [
        'title' => $this->t('Test run'),
        'weight' => -19,
        'url' => Url::fromRoute('background_agents.test_agent', ['background_agents_agent' => $entity->id()]),
      ];
    }
    $operations['runs'] = [
      'title' => $this->t('Show its runs'),
      'weight' => 15,
      'url' => Url::fromRoute('entity.background_agents_run.collection', [], ['query' => ['agent' => $entity->id()]]),
    ];
    return $operations;
  }

}
